//! What comes in, checked.

use crate::Problem;
use alloy_primitives::Address;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The address in the path: 0x and 40 hexadecimal digits, and where it is in mixed case, with the right EIP-55 checksum.
pub(crate) struct AddressPath(pub Address);

impl<S: Send + Sync> FromRequestParts<S> for AddressPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|rejection| Problem::address_malformed(&rejection.body_text()))?;
        parse_address(&text).map(Self).map_err(Problem::address_malformed)
    }
}

fn parse_address(text: &str) -> Result<Address, &'static str> {
    let digits = text.strip_prefix("0x").ok_or("It does not begin with 0x")?;
    if digits.len() != 40 {
        return Err("It does not have 40 digits after 0x");
    }
    let address: Address = text
        .parse()
        .map_err(|_| "It holds something else than hexadecimal digits")?;
    let has = |case: fn(&u8) -> bool| digits.as_bytes().iter().any(case);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    if mixed && address.to_checksum(None) != text {
        return Err("Its EIP-55 checksum is wrong, so it may be mistyped");
    }
    Ok(address)
}

/// The query string, whose rejection is a problem like any other.
pub(crate) struct Parameters<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|rejection| Problem::query_malformed(rejection.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::parse_address;

    const CHECKSUMMED: &str = "0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1";

    #[test]
    fn takes_lower_upper_and_checksummed() {
        let upper = format!("0x{}", CHECKSUMMED[2..].to_uppercase());
        for text in [CHECKSUMMED, &CHECKSUMMED.to_lowercase(), &upper] {
            let address = parse_address(text).expect(text);
            assert_eq!(address.to_checksum(None), CHECKSUMMED);
        }
    }

    #[test]
    fn refuses_what_is_no_address_and_says_why() {
        let mistyped = CHECKSUMMED.replace("E5", "e5");
        let refused = |text: &str| parse_address(text).expect_err(text);
        assert!(refused(&CHECKSUMMED[2..]).contains("0x"));
        assert!(refused(&CHECKSUMMED[..41]).contains("40 digits"));
        assert!(refused(&CHECKSUMMED.replace('F', "G")).contains("hexadecimal"));
        assert!(refused(&mistyped).contains("checksum"));
        assert!(refused("").contains("0x"));
    }
}
