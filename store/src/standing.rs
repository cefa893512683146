//! What a mirrored state means at a time: the contracts' own rules, once more, as pure functions.
//!
//! Time runs out without a transaction, so a tier is never stored; it follows from the state and the clock.
//! `test/e2e` compares [`standing_at`] and [`level_at`] with the contracts' `standingOf` and `levelOf`.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// What an account may use (`IMembership.Tier`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Tier {
    /// Free; what remains when time runs out.
    Light = 0,
    /// Paid per period.
    Normal = 1,
    /// Paid per period; may stake.
    Pro = 2,
}

impl TryFrom<i16> for Tier {
    type Error = i16;

    fn try_from(value: i16) -> Result<Self, i16> {
        match value {
            0 => Ok(Self::Light),
            1 => Ok(Self::Normal),
            2 => Ok(Self::Pro),
            other => Err(other),
        }
    }
}

/// A membership as the last `MembershipChanged` stated it. Times are unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The tier that was paid for.
    pub tier: Tier,
    /// Start of the unbroken time in this tier.
    pub since: u64,
    /// First second that is not paid for.
    pub end: u64,
    /// What follows at `end`; Light for nothing.
    pub next_tier: Tier,
    /// For how many seconds it follows.
    pub next_duration: u64,
}

/// A stake as the last event of the account stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Principal in BTSc wei.
    pub amount: U256,
    /// Unix seconds; averaged over top-ups.
    pub held_since: u64,
}

/// What level n takes (`IStaking.Level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Staked principal in BTSc wei.
    pub minimum_amount: U256,
    /// For so many seconds.
    pub minimum_held: u64,
}

/// A tier at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The tier.
    pub tier: Tier,
    /// Since when without a gap; 0 for Light.
    pub since: u64,
    /// First second at which this tier is over, and what follows; none for Light.
    pub until: Option<u64>,
    /// The tier that follows at `until`, and its own end.
    pub next: Option<(Tier, u64)>,
}

const LIGHT: Standing = Standing {
    tier: Tier::Light,
    since: 0,
    until: None,
    next: None,
};

/// The standing at `now` (unix seconds), as `Membership.standingOf` computes it. `None` is an account never seen.
pub fn standing_at(membership: Option<&Membership>, now: u64) -> Standing {
    let Some(m) = membership else { return LIGHT };
    let next_end = m.end.saturating_add(m.next_duration);
    let queued = m.next_tier != Tier::Light;
    if m.tier != Tier::Light && now < m.end {
        let next = queued.then_some((m.next_tier, next_end));
        Standing {
            tier: m.tier,
            since: m.since,
            until: Some(m.end),
            next,
        }
    } else if queued && now < next_end {
        Standing {
            tier: m.next_tier,
            since: m.end,
            until: Some(next_end),
            next: None,
        }
    } else {
        LIGHT
    }
}

/// The tier at `now`, as `Membership.tierOf` computes it.
pub fn tier_at(membership: Option<&Membership>, now: u64) -> Tier {
    standing_at(membership, now).tier
}

/// The staking level at `now`, as `Staking.levelOf` computes it: 0 unless Pro, and time counts only while Pro.
pub fn level_at(stake: Option<&Stake>, levels: &[Level], standing: &Standing, now: u64) -> u8 {
    let Some(stake) = stake.filter(|_| standing.tier == Tier::Pro) else {
        return 0;
    };
    let held = now.saturating_sub(stake.held_since.max(standing.since));
    let reached = levels
        .iter()
        .take_while(|level| stake.amount >= level.minimum_amount && held >= level.minimum_held)
        .count();
    u8::try_from(reached).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRO_THEN_NORMAL: Membership = Membership {
        tier: Tier::Pro,
        since: 100,
        end: 200,
        next_tier: Tier::Normal,
        next_duration: 50,
    };

    #[test]
    fn an_account_never_seen_is_light() {
        assert_eq!(standing_at(None, 0), LIGHT);
    }

    #[test]
    fn each_tier_ends_at_the_first_second_not_paid_for() {
        let tiers = [199, 200, 249, 250].map(|now| tier_at(Some(&PRO_THEN_NORMAL), now));
        assert_eq!(tiers, [Tier::Pro, Tier::Normal, Tier::Normal, Tier::Light]);
    }

    #[test]
    fn the_queued_tier_is_unbroken_from_the_end_of_the_first() {
        let standing = standing_at(Some(&PRO_THEN_NORMAL), 210);
        assert_eq!((standing.since, standing.until, standing.next), (200, Some(250), None));
    }

    #[test]
    fn a_level_needs_amount_and_time_as_pro() {
        let levels = [(10, 0), (20, 30), (30, 60)].map(|(amount, held)| Level {
            minimum_amount: U256::from(amount),
            minimum_held: held,
        });
        let stake = Stake {
            amount: U256::from(25),
            held_since: 50,
        };
        let level = |now| level_at(Some(&stake), &levels, &standing_at(Some(&PRO_THEN_NORMAL), now), now);
        // Held since 50, but Pro only since 100: the time before that does not count.
        assert_eq!(
            [level(100), level(129), level(130), level(199), level(200)],
            [1, 1, 2, 2, 0]
        );
    }
}
