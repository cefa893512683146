//! `GET /v1/members/{address}`

use super::{AsOf, TierName, checksummed};
use crate::extract::AddressPath;
use crate::{Config, Problem};
use alloy_primitives::Address;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::Member;
use store::standing::{level_at, standing_at};
use utoipa::ToSchema;

/// A member as the contracts state it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberAnswer {
    /// The account.
    #[serde(serialize_with = "checksummed")]
    #[schema(value_type = String, example = "0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1")]
    address: Address,
    /// The tier now. Time runs out without a transaction: then this is `light`.
    tier: TierName,
    /// What was paid for and is running; null for `light`.
    plan: Option<Plan>,
    /// What was staked.
    stake: Stake,
    /// Staking level now: 0 unless Pro.
    #[schema(example = 1)]
    level: u8,
    /// The time at which this was judged, in unix seconds.
    #[schema(example = 1_795_222_801)]
    at: u64,
    as_of: AsOf,
}

/// Paid time.
#[derive(Serialize, ToSchema)]
pub(crate) struct Plan {
    /// The tier that is running.
    tier: TierName,
    /// Since when without a gap, in unix seconds.
    since: u64,
    /// First second that is not paid for.
    paid_until: u64,
    /// What follows at `paid_until`; null for nothing.
    next: Option<NextPlan>,
}

/// Paid time that has not begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextPlan {
    /// The tier that follows.
    tier: TierName,
    /// First second that is not paid for.
    paid_until: u64,
}

/// Principal, in BTSc wei.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stake {
    /// What counts.
    #[schema(example = "1000000000000000000000")]
    amount: String,
    /// Since when, averaged over top-ups, in unix seconds; null while nothing is staked.
    held_since: Option<u64>,
    /// What was asked back and not yet withdrawn.
    #[schema(example = "0")]
    unstaking: String,
}

/// A member's tier, plan, stake and level. An address that was never seen is `light`.
#[utoipa::path(
    get,
    path = "/v1/members/{address}",
    tag = "membership",
    params(("address" = String, Path, description = "0x and 40 hexadecimal digits", example = "0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1")),
    responses(
        (status = 200, body = MemberAnswer),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The address is malformed"),
        (status = 500, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Try again after `retry-after` seconds"),
    )
)]
pub(crate) async fn member(
    State(config): State<Config>,
    AddressPath(address): AddressPath,
) -> Result<Json<MemberAnswer>, Problem> {
    let mut snapshot = config.mirror.snapshot().await?;
    let member = snapshot.member(address).await?;
    let now = config.now(&snapshot.as_of);
    Ok(Json(answer(address, &member, now, snapshot.as_of.into())))
}

fn answer(address: Address, member: &Member, now: u64, as_of: AsOf) -> MemberAnswer {
    let standing = standing_at(member.membership.as_ref(), now);
    let plan = standing.until.map(|paid_until| Plan {
        tier: standing.tier.into(),
        since: standing.since,
        paid_until,
        next: standing.next.map(|(tier, paid_until)| NextPlan {
            tier: tier.into(),
            paid_until,
        }),
    });
    let staked = member.stake.filter(|stake| !stake.amount.is_zero());
    MemberAnswer {
        address,
        tier: standing.tier.into(),
        plan,
        stake: Stake {
            amount: staked.map_or_else(|| "0".into(), |stake| stake.amount.to_string()),
            held_since: staked.map(|stake| stake.held_since),
            unstaking: member.unstaking.to_string(),
        },
        level: level_at(member.stake.as_ref(), &member.levels, &standing, now),
        at: now,
        as_of,
    }
}
