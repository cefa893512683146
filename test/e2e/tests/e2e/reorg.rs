//! The chain takes blocks back, and the mirror follows.

use alloy_primitives::U256;
use btsc::wallet::Wish;
use e2e::{NORMAL, PRO, World, bts};

#[tokio::test]
async fn a_reorg_of_the_paying_block_takes_the_tier_back_and_a_new_payment_restores_it() {
    let world = World::start().await;
    let member = world.member_with(bts(60)).await;
    let beneficiary = member.address();
    let wish = Wish {
        beneficiary,
        tier: PRO,
        periods: 1,
        nonce: U256::ONE,
        deadline: world.deadline(),
    };
    let signed = world.sign(&member, wish).await.unwrap();
    let receipt = world
        .relayer
        .send(world.contracts.membership, signed.clone())
        .await
        .unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
    assert_eq!(world.member(member.address()).await["tier"], "pro", "paid");

    world.reorg(1).await;
    world.wait_until_mirrored().await;
    let answer = world.member(member.address()).await;
    assert_eq!(answer["tier"], "light", "the payment never happened");
    assert_eq!(
        answer["as_of"]["number"].as_u64(),
        receipt.block_number,
        "the same height, another block"
    );
    let payments = world.get(&format!("/v1/members/{}/payments", member.address())).await;
    assert_eq!(payments["items"].as_array().unwrap().len(), 0, "nor is it listed");
    let pools = world.get("/v1/pools").await;
    for pool in pools["items"].as_array().unwrap() {
        let address = pool["address"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            pool["balance"],
            world.balance_of(address).await.to_string(),
            "pool {} is back too",
            pool["name"]
        );
    }

    // The same signed order, by another submitter: its nonce is unused on this branch.
    let receipt = world.holder.send(world.contracts.membership, signed).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
    assert_eq!(world.member(member.address()).await["tier"], "pro", "paid again");
}

#[tokio::test]
async fn deep_reorgs_leave_what_a_fresh_mirror_would_hold() {
    let world = World::start().await;
    for depth in [1, 2, 5, 13, 40] {
        for nonce in 0..4_u64 {
            let member = world.member_with(bts(20)).await;
            world.subscribe(&member, NORMAL, U256::from(nonce)).await.unwrap();
        }
        world.mine(30).await;
        world.wait_until_mirrored().await;
        world.reorg(depth).await;
        world.mine(2).await;
        world.wait_until_mirrored().await;
    }
    let followed = world.tables().await;
    let fresh = world.mirror_afresh().await;
    assert_eq!(
        followed, fresh,
        "tables after five reorgs, and tables of a mirror that never saw one"
    );
}
