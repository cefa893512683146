//! Events -> rows. Pure: no clock, no database, no chain.

use crate::decode::{Event, Located};
use alloy_primitives::{Address, I256, U256};
use bindings::btsc::BTSc::BTScEvents;
use bindings::feed_poster::FeedPoster::FeedPosterEvents;
use bindings::membership::Membership::MembershipEvents;
use bindings::membership_registry::MembershipRegistry::MembershipRegistryEvents;
use bindings::operation_pool::OperationPool::OperationPoolEvents;
use bindings::reference_price::ReferencePrice::ReferencePriceEvents;
use bindings::reward_pool::RewardPool::RewardPoolEvents;
use bindings::staking::Staking::StakingEvents;
use bindings::staking_pool::StakingPool::StakingPoolEvents;
use serde_json::{Value, json};
use store::rows::{
    Accrual, FeedPrice, Key, Mandate, MandateCharge, MandateEnd, Membership, Parameter, Payment, PoolChange, Price,
    RegistryEntry, Release, ReleasePart, RewardClaim, RewardFunding, RewardSet, RewardVeto, Rows, Spending, Stake,
    StakingClaim, Sweep, Total, UnstakeRequest, UsedNonce, Withdrawal,
};

/// The rows that `events` add, in their order. `pools` are the reward, operation and staking pool.
pub fn project(pools: &[Address; 3], events: &[Located]) -> Rows {
    let mut rows = Rows::default();
    for located in events {
        let at = At {
            key: Key {
                block_number: located.block_number,
                log_index: located.log_index,
            },
            located,
        };
        match &located.event {
            Event::BTSc(event) => token(&mut rows, &at, pools, event),
            Event::ReferencePrice(event) => reference_price(&mut rows, &at, event),
            Event::FeedPoster(event) => feed_poster(&mut rows, &at, event),
            Event::Membership(event) => membership(&mut rows, &at, event),
            Event::MembershipRegistry(event) => membership_registry(&mut rows, &at, event),
            Event::Staking(event) => staking(&mut rows, &at, event),
            Event::RewardPool(event) => reward_pool(&mut rows, &at, event),
            Event::OperationPool(event) => operation_pool(&mut rows, &at, event),
            Event::StakingPool(event) => staking_pool(&mut rows, &at, event),
        }
    }
    rows
}

struct At<'a> {
    key: Key,
    located: &'a Located,
}

impl At<'_> {
    fn parameter(&self, name: impl Into<String>, value: Value) -> Parameter {
        Parameter {
            key: self.key,
            contract: self.located.contract,
            name: name.into(),
            value,
        }
    }

    fn sweep(&self, token: Address, recipient: Address, amount: U256) -> Sweep {
        Sweep {
            key: self.key,
            contract: self.located.contract,
            token,
            recipient,
            amount,
        }
    }

    /// The stake of `account` after the event.
    fn stake(&self, account: Address, amount: U256, held_since: u64) -> Stake {
        Stake {
            key: self.key,
            account,
            amount,
            held_since,
        }
    }

    fn release_part(&self, epoch: U256, account: Address, amount: U256) -> ReleasePart {
        ReleasePart {
            key: self.key,
            epoch: epoch.saturating_to(),
            account,
            amount,
        }
    }

    fn total(&self, name: &'static str, value: U256) -> Total {
        Total {
            key: self.key,
            name,
            value,
        }
    }
}

fn token(rows: &mut Rows, at: &At, pools: &[Address; 3], event: &BTScEvents) {
    match event {
        BTScEvents::Transfer(e) => {
            // A supply of 1.2e27 wei fits an I256 by far; saturating keeps a hostile token from wrapping.
            let value = I256::try_from(e.value).unwrap_or(I256::MAX);
            for (pool, change) in changes(e.from, e.to, value) {
                if pools.contains(&pool) {
                    rows.pool_changes.push(PoolChange {
                        key: at.key,
                        pool,
                        change,
                    });
                }
            }
        }
        // Allowances say nothing about members, and the domain never changes.
        BTScEvents::Approval(_) | BTScEvents::EIP712DomainChanged(_) => {}
    }
}

/// What a transfer changes; one row per account, so that a transfer to oneself stays one row.
fn changes(from: Address, to: Address, value: I256) -> Vec<(Address, I256)> {
    if from == to {
        vec![(from, I256::ZERO)]
    } else {
        vec![(from, -value), (to, value)]
    }
}

fn reference_price(rows: &mut Rows, at: &At, event: &ReferencePriceEvents) {
    match event {
        ReferencePriceEvents::PricePosted(e) => {
            rows.prices.push(Price {
                key: at.key,
                price: e.price,
                posted_at: e.postedAt.to(),
            });
        }
        ReferencePriceEvents::BandChanged(e) => rows.parameters.push(at.parameter(
            "band",
            json!({ "minimum": e.minimum.to_string(), "maximum": e.maximum.to_string() }),
        )),
        ReferencePriceEvents::MaximumMoveChanged(e) => {
            rows.parameters.push(at.parameter("maximum_move", json!(e.maximumMove)));
        }
        ReferencePriceEvents::MaximumAgeChanged(e) => {
            rows.parameters
                .push(at.parameter("maximum_age", json!(e.maximumAge.to::<u64>())));
        }
        ReferencePriceEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
    }
}

fn feed_poster(rows: &mut Rows, at: &At, event: &FeedPosterEvents) {
    match event {
        FeedPosterEvents::FeedPricePosted(e) => rows.feed_prices.push(FeedPrice {
            key: at.key,
            round_id: e.roundId.to(),
            answer: e.answer,
            feed_price: e.feedPrice,
            price: e.price,
        }),
    }
}

fn membership(rows: &mut Rows, at: &At, event: &MembershipEvents) {
    match event {
        MembershipEvents::Paid(e) => rows.payments.push(Payment {
            key: at.key,
            tx_hash: at.located.tx_hash,
            timestamp: at.located.timestamp,
            payer: e.payer,
            beneficiary: e.beneficiary,
            tier: e.tier,
            periods: e.periods,
            cost: e.cost,
            credit: e.credit,
            amount: e.amount,
            to_reward_pool: e.toRewardPool,
            to_operation_pool: e.toOperationPool,
            to_staking_pool: e.toStakingPool,
        }),
        MembershipEvents::MembershipChanged(e) => rows.memberships.push(Membership {
            key: at.key,
            account: e.account,
            tier: e.tier,
            since: e.since.to(),
            starts: e.start.to(),
            ends: e.end.to(),
            value: e.value.to(),
            next_tier: e.nextTier,
            next_duration: e.nextDuration.to(),
            next_value: e.nextValue.to(),
        }),
        MembershipEvents::MandateOpened(e) => rows.mandates.push(Mandate {
            key: at.key,
            contract: at.located.contract,
            payer: e.payer,
            beneficiary: e.beneficiary,
            nonce: e.nonce,
            tier: e.tier,
            periods: e.periods,
            max_cost: e.maxCost,
            max_amount: e.maxAmount,
            deadline: e.deadline,
            expiry: e.expiry,
        }),
        MembershipEvents::MandateCharged(e) => rows.mandate_charges.push(MandateCharge {
            key: at.key,
            contract: at.located.contract,
            payer: e.payer,
            nonce: e.nonce,
            charged: e.charged,
            charged_at: e.chargedAt.to(),
        }),
        MembershipEvents::MandateEnded(e) => {
            rows.mandate_ends.push(MandateEnd {
                key: at.key,
                contract: at.located.contract,
                payer: e.payer,
                nonce: e.nonce,
            });
        }
        MembershipEvents::NonceUsed(e) => {
            rows.used_nonces.push(UsedNonce {
                key: at.key,
                account: e.account,
                nonce: e.nonce,
            });
        }
        MembershipEvents::FeeChanged(e) => {
            rows.parameters
                .push(at.parameter(format!("fee_{}", e.tier), json!(e.fee.to_string())));
        }
        MembershipEvents::SplitChanged(e) => rows.parameters.push(at.parameter(
            "split",
            json!({
                "reward_pool": e.rewardPool,
                "operation_pool": e.operationPool,
                "staking_pool": e.stakingPool,
            }),
        )),
        MembershipEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
        MembershipEvents::Paused(_) => rows.parameters.push(at.parameter("paused", json!(true))),
        MembershipEvents::Unpaused(_) => rows.parameters.push(at.parameter("paused", json!(false))),
        MembershipEvents::Retired(_) => rows.parameters.push(at.parameter("retired", json!(true))),
        MembershipEvents::Swept(e) => rows.sweeps.push(at.sweep(e.token, e.recipient, e.amount)),
        // The domain never changes.
        MembershipEvents::EIP712DomainChanged(_) => {}
    }
}

fn membership_registry(rows: &mut Rows, at: &At, event: &MembershipRegistryEvents) {
    match event {
        MembershipRegistryEvents::MembershipAppended(e) => rows.registry_entries.push(RegistryEntry {
            key: at.key,
            place: e.index.saturating_to(),
            membership: e.membership,
            active_at: e.activeAt.to(),
        }),
        MembershipRegistryEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
    }
}

fn staking(rows: &mut Rows, at: &At, event: &StakingEvents) {
    match event {
        StakingEvents::Staked(e) => {
            rows.stakes.push(at.stake(e.account, e.accountTotal, e.heldSince.to()));
            rows.totals.push(at.total("staked", e.totalStaked));
        }
        StakingEvents::UnstakeRequested(e) => {
            rows.unstake_requests.push(UnstakeRequest {
                key: at.key,
                account: e.account,
                id: e.id,
                amount: e.amount,
                release_at: e.releaseAt.to(),
            });
            rows.stakes.push(at.stake(e.account, e.accountTotal, e.heldSince.to()));
            rows.totals.push(at.total("staked", e.totalStaked));
            rows.totals.push(at.total("unstaking", e.totalUnstaking));
        }
        StakingEvents::Withdrawn(e) => {
            rows.withdrawals.push(Withdrawal {
                key: at.key,
                account: e.account,
                id: e.id,
                recipient: e.recipient,
                amount: e.amount,
            });
            rows.totals.push(at.total("unstaking", e.totalUnstaking));
        }
        StakingEvents::RewardsFunded(e) => {
            rows.reward_fundings.push(RewardFunding {
                key: at.key,
                amount: e.amount,
                rate: e.rate,
                finish: e.finish.to(),
            });
            rows.totals.push(at.total("staking_rewards_owed", e.rewardsOwed));
        }
        StakingEvents::RewardsClaimed(e) => {
            rows.staking_claims.push(StakingClaim {
                key: at.key,
                account: e.account,
                recipient: e.recipient,
                amount: e.amount,
            });
            rows.totals.push(at.total("staking_rewards_owed", e.rewardsOwed));
        }
        StakingEvents::AccrualChanged(e) => rows.accruals.push(Accrual {
            key: at.key,
            account: e.account,
            accruing: e.accruing,
            total_accruing: e.totalAccruing,
        }),
        StakingEvents::CooldownChanged(e) => {
            rows.parameters
                .push(at.parameter("cooldown", json!(e.cooldown.to::<u64>())));
        }
        StakingEvents::LevelsChanged(e) => {
            let levels: Vec<Value> = e
                .levels
                .iter()
                .map(|level| {
                    json!({
                        "minimum_amount": level.minimumAmount.to_string(),
                        "minimum_held": level.minimumHeld.to::<u64>(),
                    })
                })
                .collect();
            rows.parameters.push(at.parameter("levels", Value::Array(levels)));
        }
        StakingEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
        StakingEvents::Paused(_) => rows.parameters.push(at.parameter("paused", json!(true))),
        StakingEvents::Unpaused(_) => rows.parameters.push(at.parameter("paused", json!(false))),
        StakingEvents::Retired(_) => rows.parameters.push(at.parameter("retired", json!(true))),
        StakingEvents::Swept(e) => rows.sweeps.push(at.sweep(e.token, e.recipient, e.amount)),
    }
}

fn reward_pool(rows: &mut Rows, at: &At, event: &RewardPoolEvents) {
    match event {
        RewardPoolEvents::RewardsPublished(e) => rows.reward_sets.push(RewardSet {
            key: at.key,
            epoch: e.epoch.saturating_to(),
            root: e.root,
            total: e.total,
            leaves_hash: e.leavesHash,
            // Postgres has no NUL in text.
            uri: e.uri.replace('\0', ""),
            active_at: e.activeAt.to(),
        }),
        RewardPoolEvents::RewardsVetoed(e) => {
            rows.reward_vetoes.push(RewardVeto {
                key: at.key,
                epoch: e.epoch.saturating_to(),
                root: e.root,
            });
        }
        RewardPoolEvents::Claimed(e) => {
            rows.reward_claims.push(RewardClaim {
                key: at.key,
                account: e.account,
                recipient: e.recipient,
                amount: e.amount,
                account_total: e.accountTotal,
            });
            rows.totals.push(at.total("rewards_claimed", e.totalClaimed));
        }
        RewardPoolEvents::EpochCapChanged(e) => {
            rows.parameters
                .push(at.parameter("epoch_cap", json!(e.cap.to_string())));
        }
        RewardPoolEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
        RewardPoolEvents::Swept(e) => rows.sweeps.push(at.sweep(e.token, e.recipient, e.amount)),
    }
}

fn operation_pool(rows: &mut Rows, at: &At, event: &OperationPoolEvents) {
    match event {
        OperationPoolEvents::Spent(e) => rows.spendings.push(Spending {
            key: at.key,
            purpose: e.purpose,
            recipient: e.recipient,
            amount: e.amount,
            epoch: e.epoch.saturating_to(),
            spent_in_epoch: e.spentInEpoch,
        }),
        OperationPoolEvents::BudgetChanged(e) => {
            rows.parameters
                .push(at.parameter(format!("budget_{}", e.purpose), json!(e.budget.to_string())));
        }
        OperationPoolEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
        OperationPoolEvents::Swept(e) => rows.sweeps.push(at.sweep(e.token, e.recipient, e.amount)),
    }
}

fn staking_pool(rows: &mut Rows, at: &At, event: &StakingPoolEvents) {
    match event {
        StakingPoolEvents::Released(e) => rows.releases.push(Release {
            key: at.key,
            epoch: e.epoch.saturating_to(),
            amount: e.amount,
            balance: e.balance,
        }),
        StakingPoolEvents::RecipientPaid(e) => {
            let part = at.release_part(e.epoch, e.account, e.amount);
            rows.release_payments.push(part);
        }
        StakingPoolEvents::RecipientRefused(e) => {
            let part = at.release_part(e.epoch, e.account, e.amount);
            rows.release_refusals.push(part);
        }
        StakingPoolEvents::RecipientsChanged(e) => {
            let recipients: Vec<Value> = e
                .recipients
                .iter()
                .map(|r| json!({ "account": r.account, "share": r.share }))
                .collect();
            rows.parameters
                .push(at.parameter("recipients", Value::Array(recipients)));
        }
        StakingPoolEvents::ReleaseShareChanged(e) => {
            rows.parameters
                .push(at.parameter("release_share", json!(e.releaseShare)));
        }
        StakingPoolEvents::AuthorityUpdated(e) => {
            rows.parameters.push(at.parameter("authority", json!(e.authority)));
        }
        StakingPoolEvents::Swept(e) => rows.sweeps.push(at.sweep(e.token, e.recipient, e.amount)),
    }
}
