//! `GET /v1/pools`

use super::{AsOf, checksummed};
use crate::{Config, Problem};
use alloy_primitives::Address;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// The three pools.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoolsAnswer {
    items: Vec<PoolItem>,
    as_of: AsOf,
}

/// A pool.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoolItem {
    name: PoolName,
    /// The contract.
    #[serde(serialize_with = "checksummed")]
    #[schema(value_type = String)]
    address: Address,
    /// BTSc wei that it holds.
    #[schema(example = "18000000000000000000")]
    balance: String,
    /// Its share of every payment, in basis points.
    #[schema(example = 3000)]
    share: Option<u16>,
}

/// What a pool is for.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PoolName {
    /// Participation and contribution rewards.
    Reward,
    /// AI infrastructure, operation, moderation and maintenance.
    Operation,
    /// Staking-related features.
    Staking,
}

/// What the pools hold, and their shares of income.
#[utoipa::path(
    get,
    path = "/v1/pools",
    tag = "pools",
    responses(
        (status = 200, body = PoolsAnswer),
        (status = 500, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Try again after `retry-after` seconds"),
    )
)]
pub(crate) async fn pools(State(config): State<Config>) -> Result<Json<PoolsAnswer>, Problem> {
    let mut snapshot = config.mirror.snapshot().await?;
    let pools = snapshot.pools(config.pools).await?;
    let names = [PoolName::Reward, PoolName::Operation, PoolName::Staking];
    let items = names
        .into_iter()
        .zip(config.pools)
        .zip(pools)
        .map(|((name, address), pool)| PoolItem {
            name,
            address,
            balance: pool.balance.to_string(),
            share: pool.share,
        });
    Ok(Json(PoolsAnswer {
        items: items.collect(),
        as_of: snapshot.as_of.into(),
    }))
}
