//! `GET /v1/members/{address}/payments`

use super::{AsOf, TierName, checksummed};
use crate::extract::{AddressPath, Parameters};
use crate::{Config, Problem};
use alloy_primitives::{Address, B256};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::PaymentCursor;
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: u16 = 20;
const LIMIT_MAX: u16 = 100;

/// Which part of a listing.
#[derive(Deserialize, IntoParams)]
pub(crate) struct PageQuery {
    /// How many items, 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Payments, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentsAnswer {
    items: Vec<PaymentItem>,
    /// `cursor` of the next page; null on the last.
    next: Option<String>,
    as_of: AsOf,
}

/// A payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentItem {
    /// Transaction.
    #[schema(value_type = String)]
    tx_hash: B256,
    /// Height of its block.
    block_number: u64,
    /// Unix seconds.
    timestamp: u64,
    /// Who paid.
    #[serde(serialize_with = "checksummed")]
    #[schema(value_type = String)]
    payer: Address,
    /// For whom.
    #[serde(serialize_with = "checksummed")]
    #[schema(value_type = String)]
    beneficiary: Address,
    /// What.
    tier: TierName,
    /// How many periods.
    periods: u32,
    /// Reference currency charged, 18 decimals.
    #[schema(example = "30000000000000000000")]
    cost: String,
    /// Reference value credited for an upgrade, 18 decimals.
    #[schema(example = "0")]
    credit: String,
    /// BTSc wei paid.
    #[schema(example = "60000000000000000000")]
    amount: String,
}

/// Payments by or for an address, newest first.
#[utoipa::path(
    get,
    path = "/v1/members/{address}/payments",
    tag = "membership",
    params(
        ("address" = String, Path, description = "0x and 40 hexadecimal digits", example = "0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1"),
        PageQuery
    ),
    responses(
        (status = 200, body = PaymentsAnswer),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The address or the query is malformed"),
        (status = 500, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Try again after `retry-after` seconds"),
    )
)]
pub(crate) async fn payments(
    State(config): State<Config>,
    AddressPath(address): AddressPath,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<PaymentsAnswer>, Problem> {
    let limit = limit_of(query.limit)?;
    let after = query.cursor.as_deref().map(cursor_of).transpose()?;
    let mut snapshot = config.mirror.snapshot().await?;
    let page = snapshot.payments(address, after, limit).await?;
    let next = page.items.last().filter(|_| page.more).map(|last| cursor_text(last.at));
    let items = page.items.iter().map(item).collect();
    Ok(Json(PaymentsAnswer {
        items,
        next,
        as_of: snapshot.as_of.into(),
    }))
}

fn limit_of(limit: Option<u16>) -> Result<u16, Problem> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        other => Err(Problem::query_malformed(format!(
            "limit is {other}: give 1 to {LIMIT_MAX}."
        ))),
    }
}

fn cursor_text(at: PaymentCursor) -> String {
    format!("{}-{}", at.block_number, at.log_index)
}

fn cursor_of(text: &str) -> Result<PaymentCursor, Problem> {
    text.split_once('-')
        .and_then(|(number, index)| {
            Some(PaymentCursor {
                block_number: number.parse().ok()?,
                log_index: index.parse().ok()?,
            })
        })
        .ok_or_else(|| {
            Problem::query_malformed("cursor is not one that we gave: send `next` of the page before, unchanged.")
        })
}

fn item(payment: &store::Payment) -> PaymentItem {
    PaymentItem {
        tx_hash: payment.tx_hash,
        block_number: payment.at.block_number,
        timestamp: payment.timestamp,
        payer: payment.payer,
        beneficiary: payment.beneficiary,
        tier: payment.tier.into(),
        periods: payment.periods,
        cost: payment.cost.to_string(),
        credit: payment.credit.to_string(),
        amount: payment.amount.to_string(),
    }
}
