//! Stakes become levels.

use alloy_primitives::U256;
use bindings::Staking;
use btsc::wallet::WalletError;
use e2e::{DAY, PRO, World, bts};

#[tokio::test]
async fn a_pro_member_stakes_reaches_a_level_and_leaves() {
    let world = World::start().await;
    let member = world.member_with(bts(20_000)).await;
    world.give_gas(&member).await;
    world.subscribe(&member, PRO, U256::ONE).await.unwrap();
    let permit = member
        .permit(world.contracts.staking, bts(10_000), world.deadline())
        .await
        .unwrap();
    let stake = Staking::stakeWithPermitCall {
        amount: bts(10_000),
        permit: permit.into(),
    };
    let receipt = member.send(world.contracts.staking, stake).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;

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
    let receipt = member.send(world.contracts.staking, request).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
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
    let receipt = member.send(world.contracts.staking, withdraw).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
    assert_eq!(world.member(member.address()).await["stake"]["unstaking"], "0");
    assert_eq!(
        world.balance_of(member.address()).await - before,
        bts(9_500),
        "the principal came back whole"
    );
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
