//! What an RPC endpoint's failure means for us.

use alloy_json_rpc::{ErrorPayload, RpcError};
use alloy_transport::{TransportError, TransportErrorKind};

/// Why an endpoint gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing answered, or the connection broke.
    #[error("the RPC endpoint can't be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the RPC endpoint did not answer in time")]
    TimedOut,
    /// Too many requests.
    #[error("the RPC endpoint limits our rate")]
    RateLimited,
    /// The range holds more than the endpoint will answer: ask for less, not again.
    #[error("the RPC endpoint refuses so large a range")]
    RangeTooLarge,
    /// The endpoint does not know the block (yet, or any more).
    #[error("the RPC endpoint does not know the block")]
    BlockUnknown,
    /// The answer does not hold together.
    #[error("the RPC endpoint's answer is wrong: {0}")]
    Malformed(String),
    /// The endpoint refused for another reason.
    #[error("the RPC endpoint refused: {message} (code {code})")]
    Refused {
        /// JSON-RPC error code.
        code: i64,
        /// Its message.
        message: String,
    },
}

const RANGE_WORDS: [&str; 8] = [
    "limit exceeded",
    "block range",
    "range is too large",
    "range too large",
    "more than 10000",
    "too many results",
    "response size",
    "query exceeds",
];
const RATE_WORDS: [&str; 4] = ["rate limit", "too many requests", "request rate", "throughput"];
const UNKNOWN_WORDS: [&str; 6] = [
    "unknown block",
    "block not found",
    "header not found",
    "blocknotfound",
    "resource not found",
    "header for hash",
];

impl From<TransportError> for Fault {
    fn from(error: TransportError) -> Self {
        match error {
            RpcError::ErrorResp(payload) => refused(&payload),
            RpcError::Transport(kind) => transport(&kind),
            RpcError::DeserError { err, .. } => Self::Malformed(err.to_string()),
            RpcError::NullResp => Self::BlockUnknown,
            other => Self::Malformed(other.to_string()),
        }
    }
}

/// Message before code: -32005 means "rate limited" in EIP-1474 and "too many results" on BSC nodes.
fn refused(payload: &ErrorPayload) -> Fault {
    let message = payload.message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&RATE_WORDS) {
        Fault::RateLimited
    } else if says(&RANGE_WORDS) {
        Fault::RangeTooLarge
    } else if says(&UNKNOWN_WORDS) {
        Fault::BlockUnknown
    } else if payload.code == 429 {
        Fault::RateLimited
    } else if payload.code == -32005 {
        Fault::RangeTooLarge
    } else {
        Fault::Refused {
            code: payload.code,
            message: payload.message.to_string(),
        }
    }
}

fn transport(kind: &TransportErrorKind) -> Fault {
    if let Some(http) = kind.as_http_error() {
        return match http.status {
            429 => Fault::RateLimited,
            413 => Fault::RangeTooLarge,
            status => Fault::Unreachable(format!("HTTP status {status}")),
        };
    }
    let late = kind
        .as_custom()
        .and_then(|error| error.downcast_ref::<reqwest::Error>())
        .is_some_and(reqwest::Error::is_timeout);
    // The error's own text may hold the URL, and a URL may hold a key.
    if late {
        Fault::TimedOut
    } else {
        Fault::Unreachable("connection failed".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: i64, message: &'static str) -> Fault {
        Fault::from(TransportError::ErrorResp(ErrorPayload {
            code,
            message: message.into(),
            data: None,
        }))
    }

    #[test]
    fn the_message_decides_before_the_code() {
        assert_eq!(answer(-32005, "daily request rate limit reached"), Fault::RateLimited);
        assert_eq!(answer(-32005, "limit exceeded"), Fault::RangeTooLarge);
        assert_eq!(
            answer(-32602, "query returned more than 10000 results"),
            Fault::RangeTooLarge
        );
        assert_eq!(answer(-32000, "unknown block"), Fault::BlockUnknown);
    }

    #[test]
    fn a_bare_32005_asks_for_a_smaller_range() {
        assert_eq!(answer(-32005, ""), Fault::RangeTooLarge);
    }

    #[test]
    fn anything_else_is_told_as_it_is() {
        let fault = answer(-32601, "method not found");
        assert_eq!(
            fault,
            Fault::Refused {
                code: -32601,
                message: "method not found".into()
            }
        );
    }

    #[test]
    fn http_statuses_are_classified() {
        let http = |status| Fault::from(TransportErrorKind::http_error(status, String::new()));
        let wait = Some(std::time::Duration::from_secs(1));
        let later = |status| {
            Fault::from(TransportErrorKind::http_error_with_retry_after(
                status,
                String::new(),
                wait,
            ))
        };
        assert_eq!((later(429), later(413)), (Fault::RateLimited, Fault::RangeTooLarge));
        assert_eq!(http(429), Fault::RateLimited);
        assert_eq!(http(413), Fault::RangeTooLarge);
        assert_eq!(http(502), Fault::Unreachable("HTTP status 502".into()));
    }
}
