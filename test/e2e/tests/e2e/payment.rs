//! Payments become tiers, by every road that the contract offers.

use alloy_primitives::{Address, U256};
use bindings::{BTSc, Membership};
use btsc::wallet::{Wallet, WalletError, Wish};
use e2e::{DAY, NORMAL, PRO, World, bts};
use serde_json::Value;

/// What one period costs at the local configuration's price of 2 BTSc per unit: Normal 10 units, Pro 30.
const NORMAL_COST: u64 = 20;
const PRO_COST: u64 = 60;

#[tokio::test]
async fn a_payment_by_transaction_sets_the_tier_and_is_split_to_the_pools() {
    let world = World::start().await;
    let member = world.member_with(bts(100)).await;
    world.give_gas(&member).await;
    let before = world.get("/v1/pools").await;
    let approve = BTSc::approveCall {
        spender: world.contracts.membership,
        value: bts(PRO_COST),
    };
    member.send(world.contracts.btsc, approve).await.unwrap();
    let receipt = member
        .send(world.contracts.membership, pay(&world, &member, PRO))
        .await
        .unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;

    let answer = world.member(member.address()).await;
    assert_eq!(answer["tier"], "pro", "tier after the payment");
    let block_time = answer["plan"]["since"].as_u64().unwrap();
    assert_eq!(
        answer["plan"]["paid_until"].as_u64().unwrap(),
        block_time + 30 * DAY,
        "paid for one period"
    );
    assert_eq!(
        answer["as_of"]["number"].as_u64().unwrap(),
        receipt.block_number.unwrap(),
        "as of the paying block"
    );
    assert_eq!(
        world.balance_of(member.address()).await,
        bts(100 - PRO_COST),
        "the payer paid exactly the price"
    );

    let after = world.get("/v1/pools").await;
    for (index, (name, share)) in [("reward", 30), ("operation", 50), ("staking", 20)]
        .into_iter()
        .enumerate()
    {
        let pool = &after["items"][index];
        let gained = amount(&pool["balance"]) - amount(&before["items"][index]["balance"]);
        assert_eq!(pool["name"], name, "the order of the pools");
        assert_eq!(
            gained,
            bts(PRO_COST) * U256::from(share) / U256::from(100),
            "share of {name}"
        );
        let address: Address = pool["address"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            amount(&pool["balance"]),
            world.balance_of(address).await,
            "mirrored balance of {name}"
        );
    }
}

#[tokio::test]
async fn an_order_that_was_signed_and_relayed_sets_the_tier_without_gas() {
    let world = World::start().await;
    let member = world.member_with(bts(PRO_COST)).await;
    let receipt = world.subscribe(&member, PRO, U256::from(7)).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;

    assert_eq!(world.member(member.address()).await["tier"], "pro");
    assert_eq!(
        world.coins_of(member.address()).await,
        U256::ZERO,
        "the member never had gas"
    );
    let payments = world.get(&format!("/v1/members/{}/payments", member.address())).await;
    let payment = &payments["items"][0];
    assert_eq!(payments["items"].as_array().unwrap().len(), 1, "one payment");
    assert_eq!(payment["tx_hash"], receipt.transaction_hash.to_string());
    assert_eq!(payment["payer"], member.address().to_checksum(None));
    assert_eq!(payment["amount"], bts(PRO_COST).to_string());
    assert_eq!(payment["cost"], bts(30).to_string());
}

#[tokio::test]
async fn an_order_is_taken_once() {
    let world = World::start().await;
    let member = world.member_with(bts(200)).await;
    let order = member.order(wish(&world, &member, PRO, U256::from(1))).await.unwrap();
    let signature = member.sign(&order).unwrap();
    let permit = member
        .permit(world.contracts.membership, bts(200), world.deadline())
        .await
        .unwrap();
    let first = Membership::payBySignatureWithPermitCall {
        order: order.clone(),
        signature: signature.clone(),
        permit: permit.into(),
    };
    world.relayer.send(world.contracts.membership, first).await.unwrap();
    let paid = world.balance_of(member.address()).await;

    let replay = world
        .relayer
        .send(
            world.contracts.membership,
            Membership::payBySignatureCall { order, signature },
        )
        .await;
    let Err(WalletError::Reverted(why)) = replay else {
        panic!("a replay was taken: {replay:?}")
    };
    assert!(why.contains("NonceAlreadyUsed"), "the reason names the nonce: {why}");
    assert_eq!(world.balance_of(member.address()).await, paid, "nothing was paid twice");
}

#[tokio::test]
async fn an_order_is_bound_to_what_was_signed() {
    let world = World::start().await;
    let member = world.member_with(bts(200)).await;
    let mut order = member
        .order(wish(&world, &member, NORMAL, U256::from(1)))
        .await
        .unwrap();
    let signature = member.sign(&order).unwrap();
    order.periods = 2;
    let changed = world
        .relayer
        .send(
            world.contracts.membership,
            Membership::payBySignatureCall { order, signature },
        )
        .await;
    let Err(WalletError::Reverted(why)) = changed else {
        panic!("a changed order was taken: {changed:?}")
    };
    assert!(
        why.contains("SignatureInvalid"),
        "the reason names the signature: {why}"
    );
}

#[tokio::test]
async fn our_digests_are_the_contracts_digests() {
    let world = World::start_without_services().await;
    let member = world.member_with(bts(1)).await;
    let membership = world.contracts.membership;
    let wish = wish(&world, &member, PRO, U256::MAX);

    let order = member.order(wish).await.unwrap();
    let ours = member.digest(&order);
    let theirs = member.call(membership, Membership::hashOrderCall { order }).await;
    assert_eq!(ours, theirs.unwrap(), "of an order");

    let mandate = member.mandate(wish, U256::MAX).await.unwrap();
    let ours = member.digest(&mandate);
    let theirs = member.call(membership, Membership::hashMandateCall { mandate }).await;
    assert_eq!(ours, theirs.unwrap(), "of a mandate");

    let (account, nonce) = (member.address(), wish.nonce);
    let ours = member.digest(&member.cancellation(nonce));
    let theirs = member
        .call(membership, Membership::hashCancellationCall { account, nonce })
        .await;
    assert_eq!(ours, theirs.unwrap(), "of a cancellation");
}

#[tokio::test]
async fn a_permit_pays_in_one_transaction() {
    let world = World::start().await;
    let member = world.member_with(bts(NORMAL_COST)).await;
    world.give_gas(&member).await;
    let permit = member
        .permit(world.contracts.membership, bts(NORMAL_COST), world.deadline())
        .await
        .unwrap();
    let Membership::payCall {
        beneficiary,
        tier,
        periods,
        maxAmount,
        deadline,
    } = pay(&world, &member, NORMAL);
    let call = Membership::payWithPermitCall {
        beneficiary,
        tier,
        periods,
        maxAmount,
        deadline,
        permit: permit.into(),
    };
    let receipt = member.send(world.contracts.membership, call).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
    assert_eq!(world.member(member.address()).await["tier"], "normal");
    assert_eq!(
        world.balance_of(member.address()).await,
        U256::ZERO,
        "exactly the price was taken"
    );
}

#[tokio::test]
async fn time_that_runs_out_makes_a_member_light_without_a_transaction() {
    let world = World::start().await;
    let member = world.member_with(bts(NORMAL_COST)).await;
    let receipt = world.subscribe(&member, NORMAL, U256::ONE).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
    let paid_until = world.member(member.address()).await["plan"]["paid_until"]
        .as_u64()
        .unwrap();

    world.clock.set(paid_until - 1);
    assert_eq!(
        world.member(member.address()).await["tier"],
        "normal",
        "the last second that is paid for"
    );
    world.clock.set(paid_until);
    let answer = world.member(member.address()).await;
    assert_eq!(answer["tier"], "light", "the first second that is not");
    assert_eq!(answer["plan"], Value::Null);
    assert_eq!(
        answer["as_of"]["number"].as_u64(),
        receipt.block_number,
        "no block was needed"
    );
}

#[tokio::test]
async fn a_chain_whose_clock_runs_ahead_is_judged_by_its_own_time() {
    let world = World::start().await;
    let member = world.member_with(bts(NORMAL_COST)).await;
    world.subscribe(&member, NORMAL, U256::ONE).await.unwrap();
    let block = world.travel(31 * DAY).await;
    world.wait_for(block).await;
    assert_eq!(world.member(member.address()).await["tier"], "light");
}

#[tokio::test]
async fn payments_come_in_pages_newest_first() {
    let world = World::start().await;
    let member = world.member_with(bts(5 * NORMAL_COST)).await;
    let mut last = 0;
    for nonce in 0..5 {
        last = world
            .subscribe(&member, NORMAL, U256::from(nonce))
            .await
            .unwrap()
            .block_number
            .unwrap();
    }
    world.wait_for(last).await;
    let path = format!("/v1/members/{}/payments", member.address());
    let all = world.get(&path).await;
    let mut paged = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor) = next {
        let query = if cursor.is_empty() {
            String::new()
        } else {
            format!("&cursor={cursor}")
        };
        let page = world.get(&format!("{path}?limit=2{query}")).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(paged.len(), 5, "every payment once");
    assert_eq!(&paged, all["items"].as_array().unwrap(), "pages are the listing, cut");
    let blocks: Vec<u64> = paged
        .iter()
        .map(|item| item["block_number"].as_u64().unwrap())
        .collect();
    assert!(blocks.is_sorted_by(|a, b| a > b), "newest first: {blocks:?}");
}

fn wish(world: &World, member: &Wallet, tier: u8, nonce: U256) -> Wish {
    Wish {
        beneficiary: member.address(),
        tier,
        periods: 1,
        nonce,
        deadline: world.deadline(),
    }
}

fn pay(world: &World, member: &Wallet, tier: u8) -> Membership::payCall {
    Membership::payCall {
        beneficiary: member.address(),
        tier,
        periods: 1,
        maxAmount: bts(PRO_COST),
        deadline: world.deadline(),
    }
}

fn amount(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}
