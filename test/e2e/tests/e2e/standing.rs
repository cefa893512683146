//! `store::standing` says what the contracts say, over generated histories and times.

use alloy_primitives::U256;
use bindings::{Membership, Staking};
use btsc::wallet::{Wallet, Wish};
use e2e::{DAY, NORMAL, PRO, World, bts};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use store::standing::{level_at, standing_at};

const MEMBERS: usize = 12;
const STEPS: usize = 140;
const TIMES_A_MEMBER: usize = 40;
/// BTSc: around what the local configuration's levels take.
const STAKES: [u64; 4] = [600, 1_500, 12_000, 110_000];

#[tokio::test]
async fn tier_since_and_level_equal_the_contracts_over_generated_states_and_times() {
    let world = World::start().await;
    let mut random = StdRng::seed_from_u64(20_261_121);
    let mut members = Vec::new();
    for _ in 0..MEMBERS {
        let member = world.member_with(bts(1_000_000)).await;
        world.give_gas(&member).await;
        members.push(member);
    }
    let mut taken = 0;
    for step in 0..STEPS {
        let member = &members[random.random_range(0..MEMBERS)];
        let other = &members[random.random_range(0..MEMBERS)];
        taken += usize::from(act(&world, member, other, step as u64, &mut random).await);
        if random.random_bool(0.6) {
            world.travel(random.random_range(1..9 * DAY)).await;
            world.post_price().await;
        }
    }
    assert!(
        taken > STEPS / 2,
        "most acts succeed, or the test shows little: {taken} of {STEPS}"
    );
    world.wait_until_mirrored().await;

    let mut tiers = std::collections::BTreeSet::new();
    let mut levels = std::collections::BTreeSet::new();
    for member in &members {
        let mut snapshot = world.mirror().snapshot().await.unwrap();
        let mirrored = snapshot.member(member.address()).await.unwrap();
        for now in times(&mirrored, snapshot.as_of.timestamp, &mut random) {
            let standing = standing_at(mirrored.membership.as_ref(), now);
            let level = level_at(mirrored.stake.as_ref(), &mirrored.levels, &standing, now);
            let account = member.address();
            let theirs = world
                .call_at(now, world.contracts.membership, Membership::standingOfCall { account })
                .await;
            let their_level = world
                .call_at(now, world.contracts.staking, Staking::levelOfCall { account })
                .await;
            assert_eq!(
                standing.tier as u8, theirs.tier,
                "tier of {account} at {now}: {mirrored:?}"
            );
            assert_eq!(
                standing.since,
                theirs.since.to::<u64>(),
                "since of {account} at {now}: {mirrored:?}"
            );
            assert_eq!(level, their_level, "level of {account} at {now}: {mirrored:?}");
            tiers.insert(theirs.tier);
            levels.insert(level);
        }
    }
    assert_eq!(tiers.len(), 3, "every tier was met");
    assert!(levels.len() >= 3, "levels were met: {levels:?}");
}

/// One random act; whether the contract took it.
async fn act(world: &World, member: &Wallet, other: &Wallet, step: u64, random: &mut StdRng) -> bool {
    let tier = if random.random_bool(0.5) { PRO } else { NORMAL };
    match random.random_range(0..10) {
        0..=5 => {
            let beneficiary = if random.random_bool(0.3) {
                other.address()
            } else {
                member.address()
            };
            let wish = Wish {
                beneficiary,
                tier,
                periods: random.random_range(1..3),
                nonce: U256::from(step),
                deadline: U256::MAX,
            };
            world.subscribe_as(member, wish).await.is_ok()
        }
        6..=8 => {
            let amount = bts(STAKES[random.random_range(0..STAKES.len())]);
            let permit = member.permit(world.contracts.staking, amount, U256::MAX).await.unwrap();
            let call = Staking::stakeWithPermitCall {
                amount,
                permit: permit.into(),
            };
            member.send(world.contracts.staking, call).await.is_ok()
        }
        _ => {
            let amount = bts(random.random_range(1..2_000));
            member
                .send(world.contracts.staking, Staking::requestUnstakeCall { amount })
                .await
                .is_ok()
        }
    }
}

/// Times that matter (every edge, and the second before it) and random ones; none before the chain's present.
fn times(member: &store::Member, present: u64, random: &mut StdRng) -> Vec<u64> {
    let mut times = vec![present, present + 1];
    if let Some(m) = &member.membership {
        for edge in [m.end, m.end + m.next_duration] {
            times.extend([edge.saturating_sub(1), edge, edge + 1]);
        }
        if let Some(stake) = &member.stake {
            for level in &member.levels {
                let reached = stake.held_since.max(m.since) + level.minimum_held;
                times.extend([reached.saturating_sub(1), reached]);
            }
        }
    }
    while times.len() < TIMES_A_MEMBER {
        times.push(present + random.random_range(0..400 * DAY));
    }
    times.retain(|time| *time >= present);
    times
}
