//! Stakes become levels.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use bindings::{Staking, StakingPool};
use btsc::wallet::{Wallet, WalletError};
use e2e::{DAY, PRO, World, bts};

#[tokio::test]
async fn a_pro_member_stakes_reaches_a_level_and_leaves() {
    let world = World::start().await;
    let member = world.member_with(bts(20_000)).await;
    world.give_gas(&member).await;
    world.subscribe(&member, PRO, U256::ONE).await.unwrap();
    stake(&world, &member, bts(10_000)).await;

    let answer = world.member(member.address()).await;
    assert_eq!(answer["level"], 1, "10,000 BTSc is level 1 at once");
    assert_eq!(answer["stake"]["amount"], bts(10_000).to_string());
    world
        .clock
        .set(answer["stake"]["held_since"].as_u64().unwrap() + 7 * DAY);
    assert_eq!(
        world.member(member.address()).await["level"],
        2,
        "and level 2 after seven days"
    );

    let request = Staking::requestUnstakeCall { amount: bts(9_500) };
    send(&world, &member, request).await;
    let answer = world.member(member.address()).await;
    assert_eq!(
        answer["stake"]["amount"],
        bts(500).to_string(),
        "what was asked back stops counting at once"
    );
    assert_eq!(answer["stake"]["unstaking"], bts(9_500).to_string());
    assert_eq!(answer["level"], 0);

    world.travel(7 * DAY).await;
    let before = world.balance_of(member.address()).await;
    let id = 0;
    let withdraw = Staking::withdrawCall {
        id,
        recipient: member.address(),
    };
    send(&world, &member, withdraw).await;
    assert_eq!(world.member(member.address()).await["stake"]["unstaking"], "0");
    assert_eq!(
        world.balance_of(member.address()).await - before,
        bts(9_500),
        "the principal came back whole"
    );
}

#[tokio::test]
async fn income_becomes_rewards_that_are_claimed_compounded_and_end_with_pro() {
    let world = World::start().await;
    let member = world.member_with(bts(1_060)).await;
    world.give_gas(&member).await;
    world.subscribe(&member, PRO, U256::ONE).await.unwrap();
    stake(&world, &member, bts(1_000)).await;

    // Anyone releases what the pool gives, and anyone makes a stream of it.
    let (pool, staking) = (world.contracts.staking_pool, world.contracts.staking);
    world.relayer.send(pool, StakingPool::releaseCall {}).await.unwrap();
    world.wait_until_mirrored().await;
    let released = world.view(staking, Staking::surplusCall {}).await;
    let payments = world.rows("release_payments").await;
    let theirs = payments.iter().find(|row| address(&row["account"]) == staking).unwrap();
    assert_eq!(theirs["amount"], released.to_string(), "the part of stakers");
    let left = world.balance_of(pool).await.to_string();
    assert_eq!(
        world.rows("releases").await[0]["balance"],
        left,
        "what the pool has left"
    );
    let pools = world.get("/v1/pools").await;
    assert_eq!(pools["items"][2]["balance"], left, "and what the API says");
    send(&world, &world.relayer, Staking::fundCall {}).await;
    let streams = world.rows("reward_fundings").await;
    assert_eq!(streams.len(), 1, "one funding");
    let waits = world.view(staking, Staking::surplusCall {}).await;
    assert_eq!(streams[0]["amount"], (released - waits).to_string(), "what was added");
    let rate = world.view(staking, Staking::rewardRateCall {}).await;
    assert_eq!(streams[0]["rate"], rate.to_string(), "its rate");
    let finish = world.view(staking, Staking::rewardFinishCall {}).await;
    assert_eq!(streams[0]["finish"], finish.to_string(), "its end");
    assert_owed_is_mirrored(&world, "funded").await;

    world.travel(10 * DAY).await;
    let before = world.balance_of(member.address()).await;
    let recipient = member.address();
    send(&world, &member, Staking::claimCall { recipient }).await;
    let paid = world.balance_of(member.address()).await - before;
    assert!(paid > U256::ZERO, "rewards of ten days");
    world.travel(10 * DAY).await;
    let staked = world.balance_of(staking).await;
    send(&world, &member, Staking::compoundCall {}).await;
    assert_eq!(world.balance_of(staking).await, staked, "compounding moves no token");
    let claims = world.rows("staking_claims").await;
    let recipients: Vec<Address> = claims.iter().map(|row| address(&row["recipient"])).collect();
    assert_eq!(recipients, [member.address(), staking], "paid out, then made principal");
    assert_eq!(claims[0]["amount"], paid.to_string(), "what was paid out");
    let compounded: U256 = claims[1]["amount"].parse().unwrap();
    let answer = world.member(member.address()).await;
    assert_eq!(
        answer["stake"]["amount"],
        (bts(1_000) + compounded).to_string(),
        "the stake is larger by what was compounded"
    );
    assert_owed_is_mirrored(&world, "claimed twice").await;

    // Pro ends without a transaction; anyone says so to Staking, and the stake accrues no more.
    world.travel(11 * DAY).await;
    let account = member.address();
    send(&world, &world.relayer, Staking::pokeCall { account }).await;
    let accruals = world.rows("accruals").await;
    assert_eq!(accruals.len(), 1, "one change");
    assert_eq!(address(&accruals[0]["account"]), account, "whose stake");
    assert_eq!(accruals[0]["accruing"], "false", "accrues no more");
    let accruing = world.view(staking, Staking::totalAccruingCall {}).await;
    assert_eq!(accruals[0]["total_accruing"], accruing.to_string(), "what accrues then");
    assert_eq!(world.member(account).await["tier"], "light", "because Pro is over");
}

#[tokio::test]
async fn who_is_not_pro_can_not_stake() {
    let world = World::start().await;
    let member = world.member_with(bts(10)).await;
    world.give_gas(&member).await;
    let refused = member
        .send(world.contracts.staking, Staking::stakeCall { amount: bts(10) })
        .await;
    let Err(WalletError::Reverted(why)) = refused else {
        panic!("a Light member staked: {refused:?}")
    };
    assert!(why.contains("NotPro"), "the reason names the tier: {why}");
}

async fn stake(world: &World, member: &Wallet, amount: U256) {
    let permit = member
        .permit(world.contracts.staking, amount, world.deadline())
        .await
        .unwrap();
    let call = Staking::stakeWithPermitCall {
        amount,
        permit: permit.into(),
    };
    send(world, member, call).await;
}

/// Calls Staking, and waits until that is mirrored.
async fn send<C: SolCall>(world: &World, sender: &Wallet, call: C) {
    let receipt = sender.send(world.contracts.staking, call).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
}

async fn assert_owed_is_mirrored(world: &World, when: &str) {
    let totals = world.rows("totals").await;
    let owed = totals
        .iter()
        .rfind(|row| row["name"] == "staking_rewards_owed")
        .unwrap();
    let theirs = world.view(world.contracts.staking, Staking::rewardsOwedCall {}).await;
    assert_eq!(owed["value"], theirs.to_string(), "rewards owed when {when}");
}

fn address(text: &str) -> Address {
    text.replace("\\x", "0x").parse().unwrap()
}
