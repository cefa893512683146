//! SIGKILL anywhere loses nothing and doubles nothing.

use alloy_primitives::U256;
use e2e::{IndexerProcess, NORMAL, World, bts};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;

const BLOCKS: u64 = 5_000;
const KILLS: u32 = 12;

#[tokio::test]
async fn killed_at_random_in_a_backfill_the_tables_are_those_of_an_undisturbed_run() {
    let world = World::start_without_services().await;
    let members = 40;
    for nonce in 0..members {
        let member = world.member_with(bts(20)).await;
        world.subscribe(&member, NORMAL, U256::from(nonce)).await.unwrap();
        world.mine(BLOCKS / members).await;
    }
    let head = world.head().await;
    assert!(head >= BLOCKS, "the chain is long enough: {head}");
    let undisturbed = world.mirror_afresh().await;

    let database = world.database("killed").await;
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..KILLS {
        let indexer = IndexerProcess::start(&world, &database, 50);
        tokio::time::sleep(Duration::from_millis(random.random_range(30..700))).await;
        indexer.kill().await;
    }
    let indexer = IndexerProcess::start(&world, &database, 50);
    world.wait_for_database(&database, head).await;
    indexer.terminate().await;
    assert_eq!(world.tables_of(&database).await, undisturbed);
}

#[tokio::test]
async fn a_second_indexer_is_refused() {
    let world = World::start().await;
    let second = world.second_indexer().await;
    let why = second.expect_err("two writers").to_string();
    assert!(why.contains("another indexer"), "{why}");
}

#[tokio::test]
async fn what_a_pool_held_before_it_was_ours_is_counted() {
    let mut world = World::start_without_services().await;
    world.contracts.opening_balances = [U256::from(7), U256::ZERO, U256::ZERO];
    let tables = world.mirror_afresh().await;
    let member = world.member_with(bts(20)).await;
    world.subscribe(&member, NORMAL, U256::ONE).await.unwrap();
    let later = world.mirror_afresh().await;
    assert_eq!(
        tables["pool_balances"].len(),
        1,
        "the opening balance alone: {:?}",
        tables["pool_balances"]
    );
    assert_eq!(later["pool_balances"].len(), 4, "and a change of each pool");
    let balance = bts(20) * U256::from(30) / U256::from(100) + U256::from(7);
    let ends = format!(",{balance})");
    assert!(
        later["pool_balances"].iter().any(|row| row.ends_with(&ends)),
        "{:?}",
        later["pool_balances"]
    );
}
