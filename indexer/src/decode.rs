//! Log -> event, by generated type.

use alloy_primitives::{Address, B256, LogData};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::SolEventInterface;
use bindings::btsc::BTSc::BTScEvents;
use bindings::feed_poster::FeedPoster::FeedPosterEvents;
use bindings::membership::Membership::MembershipEvents;
use bindings::membership_registry::MembershipRegistry::MembershipRegistryEvents;
use bindings::operation_pool::OperationPool::OperationPoolEvents;
use bindings::reference_price::ReferencePrice::ReferencePriceEvents;
use bindings::reward_pool::RewardPool::RewardPoolEvents;
use bindings::staking::Staking::StakingEvents;
use bindings::staking_pool::StakingPool::StakingPoolEvents;
use chain::Contracts;

/// An event of one of our contracts. The match over it in [`crate::project`] has no wildcard: a new Solidity event
/// stops the build until it is handled.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each variant is the contract of that name
pub enum Event {
    BTSc(BTScEvents),
    ReferencePrice(ReferencePriceEvents),
    FeedPoster(FeedPosterEvents),
    Membership(MembershipEvents),
    MembershipRegistry(MembershipRegistryEvents),
    Staking(StakingEvents),
    RewardPool(RewardPoolEvents),
    OperationPool(OperationPoolEvents),
    StakingPool(StakingPoolEvents),
}

/// An event and where it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Height of its block.
    pub block_number: u64,
    /// Unix seconds of its block.
    pub timestamp: u64,
    /// Index of its log in its block.
    pub log_index: u64,
    /// Its transaction.
    pub tx_hash: B256,
    /// The contract that emitted it.
    pub contract: Address,
    /// What happened.
    pub event: Event,
}

/// A log that our ABI does not explain: the deployment and this program differ.
#[derive(Debug, thiserror::Error)]
#[error(
    "log {log_index} of block {block_number} from {contract} is none of this program's events: the deployment and the program differ in version"
)]
pub struct Unexplained {
    /// Height of its block.
    pub block_number: u64,
    /// Index of its log.
    pub log_index: u64,
    /// Who emitted it.
    pub contract: Address,
}

/// The event in `log`, which came from one of `contracts`; none for what is not ours to explain: a stranger's log, and
/// a token's own further events (the token may be one that lived before us).
pub fn decode(contracts: &Contracts, log: &Log, timestamp: u64) -> Result<Option<Located>, Unexplained> {
    let contract = log.address();
    let (Some(block_number), Some(log_index), Some(tx_hash)) = (log.block_number, log.log_index, log.transaction_hash)
    else {
        return Err(Unexplained {
            block_number: 0,
            log_index: 0,
            contract,
        });
    };
    let event = event_of(contracts, contract, &log.inner.data);
    match event {
        Some(Ok(event)) => Ok(Some(Located {
            block_number,
            timestamp,
            log_index,
            tx_hash,
            contract,
            event,
        })),
        None => Ok(None),
        Some(Err(_)) if contract == contracts.btsc => Ok(None),
        Some(Err(_)) => Err(Unexplained {
            block_number,
            log_index,
            contract,
        }),
    }
}

fn event_of(contracts: &Contracts, contract: Address, data: &LogData) -> Option<alloy_sol_types::Result<Event>> {
    let topics = data.topics();
    let bytes = &data.data;
    Some(if contract == contracts.btsc {
        BTScEvents::decode_raw_log(topics, bytes).map(Event::BTSc)
    } else if contract == contracts.reference_price {
        ReferencePriceEvents::decode_raw_log(topics, bytes).map(Event::ReferencePrice)
    } else if Some(contract) == contracts.feed_poster {
        FeedPosterEvents::decode_raw_log(topics, bytes).map(Event::FeedPoster)
    } else if contract == contracts.membership {
        MembershipEvents::decode_raw_log(topics, bytes).map(Event::Membership)
    } else if contract == contracts.membership_registry {
        MembershipRegistryEvents::decode_raw_log(topics, bytes).map(Event::MembershipRegistry)
    } else if contract == contracts.staking {
        StakingEvents::decode_raw_log(topics, bytes).map(Event::Staking)
    } else if contract == contracts.reward_pool {
        RewardPoolEvents::decode_raw_log(topics, bytes).map(Event::RewardPool)
    } else if contract == contracts.operation_pool {
        OperationPoolEvents::decode_raw_log(topics, bytes).map(Event::OperationPool)
    } else if contract == contracts.staking_pool {
        StakingPoolEvents::decode_raw_log(topics, bytes).map(Event::StakingPool)
    } else {
        return None;
    })
}
