//! `GET /v1/status`

use super::AsOf;
use crate::{Config, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// How far the mirror has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// EIP-155 chain id.
    #[schema(example = 31337)]
    chain_id: u64,
    /// The chain's newest block; null while no endpoint has told it.
    head: Option<u64>,
    /// The last mirrored block.
    indexed: u64,
    /// Highest mirrored block that the chain calls final.
    finalized: u64,
    /// Blocks between head and mirror; null while the head is not known.
    lag_blocks: Option<u64>,
    /// Seconds since the last mirrored block.
    lag_seconds: u64,
    as_of: AsOf,
}

/// Which chain is mirrored, and how far.
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "service",
    responses(
        (status = 200, body = StatusAnswer),
        (status = 500, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Try again after `retry-after` seconds"),
    )
)]
pub(crate) async fn status(State(config): State<Config>) -> Result<Json<StatusAnswer>, Problem> {
    let as_of = config.mirror.snapshot().await?.as_of;
    let head = *config.head.borrow();
    Ok(Json(StatusAnswer {
        chain_id: as_of.chain_id,
        head,
        indexed: as_of.number,
        finalized: as_of.finalized,
        lag_blocks: head.map(|head| head.saturating_sub(as_of.number)),
        lag_seconds: config.clock.now().saturating_sub(as_of.timestamp),
        as_of: as_of.into(),
    }))
}
