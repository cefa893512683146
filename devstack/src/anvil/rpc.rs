//! JSON-RPC over plain HTTP to the node on this machine.

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A dump of a long chain, or mining thousands of blocks, takes its time.
const ANSWER_BOUND: Duration = Duration::from_mins(5);

/// A client for one node.
#[derive(Debug, Clone)]
pub(crate) struct Rpc {
    client: reqwest::Client,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
    message: String,
}

impl Rpc {
    pub(crate) fn new(url: String) -> Result<Self> {
        // reqwest panics without a provider even if it will never speak TLS; an earlier one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy() // a proxy cannot reach our loopback address
            .timeout(ANSWER_BOUND)
            .build()
            .map_err(|error| transport("set up HTTP", &error))?;
        Ok(Self { client, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<T> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let sent = self.client.post(&self.url).json(&body).send().await;
        let response = sent.map_err(|error| transport(method, &error))?;
        let answer: Answer = response.json().await.map_err(|error| transport(method, &error))?;
        if let Some(Failure { code, message }) = answer.error {
            return Err(Error::Rpc {
                method: method.to_owned(),
                code,
                message,
            });
        }
        serde_json::from_value(answer.result.unwrap_or_default()).map_err(|error| Error::Transport {
            method: method.to_owned(),
            reason: format!("unexpected answer: {error}"),
        })
    }
}

fn transport(method: &str, error: &reqwest::Error) -> Error {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        reason = format!("{reason}: {inner}");
        source = inner.source();
    }
    Error::Transport {
        method: method.to_owned(),
        reason,
    }
}
