//! Every event of the mirrored contracts, as a real deployment emitted it, becomes rows that the database takes.

use alloy_primitives::{Address, B256, I256, Log, LogData, U256, Uint};
use alloy_sol_types::SolEvent;
use bindings::btsc::BTSc::BTScEvents;
use bindings::feed_poster::FeedPoster::{FeedPosterEvents, FeedPricePosted};
use bindings::membership::Membership::MembershipEvents;
use bindings::membership_registry::MembershipRegistry::MembershipRegistryEvents;
use bindings::operation_pool::OperationPool::OperationPoolEvents;
use bindings::reference_price::ReferencePrice::ReferencePriceEvents;
use bindings::reward_pool::RewardPool::RewardPoolEvents;
use bindings::staking::Staking::StakingEvents;
use bindings::staking_pool::StakingPool::{RecipientRefused, StakingPoolEvents};
use chain::Contracts;
use e2e::{World, bts};
use indexer::decode::{Located, decode};
use indexer::project::project;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{BlockRef, Deployment, Span, Writer};

const RECORDING: &str = include_str!("../../../abi-parity/recorded/logs.json");
/// The local deployment has no feed.
const FEED_POSTER: Address = Address::repeat_byte(0xfe);
/// Never emitted here: the domains are fixed when the contracts are made, our token refuses no recipient, and there is no
/// feed.
const NEVER: [&str; 3] = [
    "EIP712DomainChanged()",
    "RecipientRefused(uint256,address,uint256)",
    "FeedPricePosted(uint80,int256,uint256,uint256)",
];

#[tokio::test]
async fn every_event_becomes_rows_that_the_database_takes() {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    let contracts = contracts_of(&recording);
    let refused = RecipientRefused {
        epoch: U256::from(1),
        account: Address::ZERO,
        amount: U256::MAX,
    };
    let fed = FeedPricePosted {
        roundId: Uint::MAX,
        answer: I256::MAX,
        feedPrice: U256::MAX,
        price: U256::ZERO,
    };
    let rare = [
        (contracts.staking_pool, refused.encode_log_data()),
        (FEED_POSTER, fed.encode_log_data()),
    ]
    .map(|(address, data)| Log { address, data });
    let recorded = logs(&recording).map(log_of);
    let events = events_of(recorded.chain(rare), &contracts);
    let rows = project(&contracts.pools(), &events);

    let world = World::start_without_services().await;
    let urls = world.database("recorded").await;
    let deployment = Deployment {
        chain_id: contracts.chain_id,
        contracts: contracts.addresses(),
        start: contracts.start,
    };
    let (mut writer, _) = Writer::open(&urls.indexer, deployment).await.unwrap();
    // The recording leaves out most transfers: the pools hold enough for the rest.
    let opening = contracts.pools().map(|pool| (pool, bts(1_000_000)));
    let anchor = block(contracts.start);
    writer.begin(anchor, &opening).await.unwrap();
    let last = block(contracts.start + 1);
    let span = Span {
        first: last.number,
        parent_hash: anchor.hash,
        last,
        window: vec![last],
        finalized: None,
        rows,
    };
    writer.apply(&span, None).await.unwrap();

    let empty: Vec<String> = world
        .tables_of(&urls)
        .await
        .into_iter()
        .filter(|(_, rows)| rows.is_empty())
        .map(|(table, _)| table)
        .collect();
    assert_eq!(empty, [""; 0], "tables that no event fills");
}

#[test]
fn the_recording_has_every_event_of_every_mirrored_contract() {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    let names: BTreeMap<&str, &str> = contracts(&recording).collect();
    let seen: BTreeSet<(&str, B256)> = logs(&recording)
        .map(|log| {
            let emitter = names[log["address"].as_str().unwrap()];
            (emitter, log["topics"][0].as_str().unwrap().parse().unwrap())
        })
        .collect();
    macro_rules! unseen {
        ($($contract:ident $events:ident),* $(,)?) => {[$(
            $events::SIGNATURES
                .iter()
                .zip($events::SELECTORS)
                .filter(|(_, topic)| !seen.contains(&(stringify!($contract), B256::from(**topic))))
                .map(|(signature, _)| format!("{}.{signature}", stringify!($contract)))
                .collect::<Vec<_>>(),
        )*].concat()};
    }
    let mut unseen = unseen![
        BTSc BTScEvents,
        FeedPoster FeedPosterEvents,
        Membership MembershipEvents,
        MembershipRegistry MembershipRegistryEvents,
        OperationPool OperationPoolEvents,
        ReferencePrice ReferencePriceEvents,
        RewardPool RewardPoolEvents,
        Staking StakingEvents,
        StakingPool StakingPoolEvents,
    ];
    unseen.retain(|event| !NEVER.iter().any(|never| event.ends_with(never)));
    assert_eq!(unseen, [""; 0], "record again: node test/abi-parity/record.mjs");
}

/// Those of `logs` that a mirrored contract emitted, decoded, as if all had been in one block.
fn events_of(logs: impl Iterator<Item = Log>, contracts: &Contracts) -> Vec<Located> {
    let mirrored = contracts.addresses();
    let mut events = Vec::new();
    for (index, inner) in logs.enumerate() {
        let address = inner.address;
        let log = alloy_rpc_types_eth::Log {
            inner,
            block_number: Some(contracts.start + 1),
            log_index: Some(index as u64),
            transaction_hash: Some(B256::ZERO),
            ..alloy_rpc_types_eth::Log::default()
        };
        let event = decode(contracts, &log, 1).unwrap();
        assert_eq!(event.is_some(), mirrored.contains(&address), "log {index} of {address}");
        events.extend(event);
    }
    events
}

fn log_of(recorded: &Value) -> Log {
    let topics = recorded["topics"].as_array().unwrap().iter().map(parsed).collect();
    Log {
        address: parsed(&recorded["address"]),
        data: LogData::new_unchecked(topics, parsed(&recorded["data"])),
    }
}

fn contracts_of(recording: &Value) -> Contracts {
    let addresses: BTreeMap<&str, Address> = contracts(recording)
        .map(|(address, name)| (name, address.parse().unwrap()))
        .collect();
    let at = |name: &str| addresses[name];
    Contracts {
        chain_id: 31337,
        start: 1,
        btsc: at("BTSc"),
        reference_price: at("ReferencePrice"),
        feed_poster: Some(FEED_POSTER),
        membership: at("Membership"),
        membership_registry: at("MembershipRegistry"),
        staking: at("Staking"),
        reward_pool: at("RewardPool"),
        operation_pool: at("OperationPool"),
        staking_pool: at("StakingPool"),
        opening_balances: [U256::ZERO; 3],
    }
}

fn contracts(recording: &Value) -> impl Iterator<Item = (&str, &str)> {
    let entries = recording["contracts"].as_object().unwrap();
    entries
        .iter()
        .map(|(address, name)| (address.as_str(), name.as_str().unwrap()))
}

fn logs(recording: &Value) -> impl Iterator<Item = &Value> {
    recording["logs"].as_array().unwrap().iter()
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().unwrap().parse().unwrap()
}

fn block(number: u64) -> BlockRef {
    BlockRef {
        number,
        hash: B256::with_last_byte(u8::try_from(number).unwrap()),
        parent_hash: B256::with_last_byte(u8::try_from(number - 1).unwrap()),
        timestamp: number,
    }
}
