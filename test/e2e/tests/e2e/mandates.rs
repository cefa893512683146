//! A mandate is signed once; a relayer opens it, a keeper renews it, and its payer ends it by another signature.

use alloy_primitives::{Address, U256};
use bindings::{IMembership, Membership};
use btsc::wallet::{Wallet, WalletError, Wish};
use e2e::{DAY, NORMAL, PRO, Row, World, bts};

const PERIODS: u16 = 3;
const NONCE: U256 = U256::from_limbs([7, 0, 0, 1]);
/// One period of Pro at the local configuration's price; a mandate allows twice as much.
const PRO_COST: u64 = 60;
const NORMAL_COST: u64 = 20;

#[tokio::test]
async fn a_mandate_is_opened_by_a_relayer_and_renewed_from_the_mirror_alone() {
    let world = World::start().await;
    let member = world.member_with(bts(PRO_COST * 2)).await;
    let mandate = mandate(&world, &member, PRO).await;
    open(&world, &member, &mandate).await;
    let first = world.member(member.address()).await;
    assert_eq!(first["tier"], "pro", "the first period is charged at once");
    assert_eq!(
        world.coins_of(member.address()).await,
        U256::ZERO,
        "the member never had gas"
    );

    // Whatever a keeper needs is in the mirror.
    let rows = world.rows("mandates").await;
    assert_eq!(rows.len(), 1, "one opening");
    let mirrored = mandate_of(&rows[0]);
    assert_eq!(mirrored, mandate, "the mandate, rebuilt from its row");
    let renew = Membership::renewCall { mandate: mirrored };
    let early = world.poster.send(world.contracts.membership, renew.clone()).await;
    assert!(reason(early).contains("RenewalNotDue"), "the keeper came too early");
    world.travel(28 * DAY).await;
    world.post_price().await;
    let receipt = world.poster.send(world.contracts.membership, renew).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;

    let second = world.member(member.address()).await;
    let paid_until = |answer: &serde_json::Value| answer["plan"]["paid_until"].as_u64().unwrap();
    assert_eq!(
        paid_until(&second),
        paid_until(&first) + 30 * DAY,
        "a period more, from the end of the first on"
    );
    assert_eq!(
        second["plan"]["since"], first["plan"]["since"],
        "without a gap, so that staking time counts on"
    );
    assert_eq!(
        world.balance_of(member.address()).await,
        U256::ZERO,
        "two periods were paid"
    );
    let charges = world.rows("mandate_charges").await;
    let counts: Vec<&str> = charges.iter().map(|row| row["charged"].as_str()).collect();
    assert_eq!(counts, ["1", "2"], "each charge states how many there were");
    for charge in &charges {
        assert_eq!(charge["nonce"], NONCE.to_string(), "nonce of the charge");
        assert_eq!(address(&charge["payer"]), member.address(), "payer of the charge");
        assert_eq!(address(&charge["contract"]), world.contracts.membership);
    }
    paid_next_to(&world, &charges).await;

    let state = state_of(&world, &member).await;
    assert_eq!(
        (state.charged, u64::from(state.chargedAt.to::<u32>()), state.ended),
        (2, number(&charges[1]["charged_at"]), false),
        "the contract's own state and the latest charge"
    );
    assert!(
        world.rows("used_nonces").await.is_empty(),
        "an opening uses no order's nonce"
    );
}

#[tokio::test]
async fn a_mandate_ends_by_signature_and_cannot_be_renewed() {
    let world = World::start().await;
    let member = world.member_with(bts(NORMAL_COST * 2)).await;
    let mandate = mandate(&world, &member, NORMAL).await;
    open(&world, &member, &mandate).await;

    let account = member.address();
    let cancel = Membership::cancelBySignatureCall {
        account,
        nonce: NONCE,
        signature: member.sign(&member.cancellation(NONCE)).unwrap(),
    };
    let stolen = Membership::cancelBySignatureCall {
        nonce: NONCE + U256::ONE,
        ..cancel.clone()
    };
    let refused = world.relayer.send(world.contracts.membership, stolen).await;
    assert!(
        reason(refused).contains("SignatureInvalid"),
        "a signature ends the mandate that it names and no other"
    );
    let receipt = world.relayer.send(world.contracts.membership, cancel).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;

    let ends = world.rows("mandate_ends").await;
    assert_eq!(ends.len(), 1, "one end");
    assert_eq!(
        (address(&ends[0]["payer"]), &ends[0]["nonce"]),
        (account, &NONCE.to_string())
    );
    let nonces = world.rows("used_nonces").await;
    assert_eq!(
        (address(&nonces[0]["account"]), &nonces[0]["nonce"]),
        (account, &NONCE.to_string()),
        "nor can an order be taken with the nonce"
    );
    assert!(state_of(&world, &member).await.ended, "the contract says the same");
    assert_eq!(
        world.member(account).await["tier"],
        "normal",
        "what is paid for goes on"
    );

    world.travel(28 * DAY).await;
    world.post_price().await;
    let renewed = world
        .poster
        .send(world.contracts.membership, Membership::renewCall { mandate })
        .await;
    assert!(reason(renewed).contains("MandateNotOpen"), "it is over");
    assert_eq!(
        world.balance_of(account).await,
        bts(NORMAL_COST),
        "nothing more was charged"
    );
}

#[tokio::test]
async fn a_reorg_of_the_opening_takes_the_mandate_back() {
    let world = World::start().await;
    let member = world.member_with(bts(PRO_COST)).await;
    let mandate = mandate(&world, &member, PRO).await;
    open(&world, &member, &mandate).await;
    world.reorg(1).await;
    world.wait_until_mirrored().await;
    assert!(world.rows("mandates").await.is_empty(), "the opening never happened");
    assert!(world.rows("mandate_charges").await.is_empty(), "nor its charge");
    // The same signatures, on this branch.
    open(&world, &member, &mandate).await;
    assert_eq!(world.rows("mandates").await.len(), 1, "opened again");
}

#[tokio::test]
async fn the_registry_says_which_membership_decides() {
    let world = World::start().await;
    let entries = world.rows("registry_entries").await;
    assert_eq!(entries.len(), 1, "the deployment's own entry");
    assert_eq!(entries[0]["place"], "0");
    assert_eq!(address(&entries[0]["membership"]), world.contracts.membership);
    let now = world.member(Address::ZERO).await["as_of"]["timestamp"]
        .as_u64()
        .unwrap();
    assert!(number(&entries[0]["active_at"]) <= now, "the first decides at once");
}

async fn mandate(world: &World, member: &Wallet, tier: u8) -> IMembership::Mandate {
    let wish = Wish {
        beneficiary: member.address(),
        tier,
        periods: PERIODS,
        nonce: NONCE,
        deadline: world.deadline(),
    };
    member.mandate(wish, U256::MAX).await.unwrap()
}

/// The member signs the mandate and an allowance for all of it; the relayer submits both.
async fn open(world: &World, member: &Wallet, mandate: &IMembership::Mandate) {
    let allowance = mandate.maxAmount * U256::from(mandate.periods);
    let permit = member
        .permit(world.contracts.membership, allowance, world.deadline())
        .await
        .unwrap();
    let call = Membership::openMandateWithPermitCall {
        mandate: mandate.clone(),
        signature: member.sign(mandate).unwrap(),
        permit: permit.into(),
    };
    let receipt = world.relayer.send(world.contracts.membership, call).await.unwrap();
    world.wait_for(receipt.block_number.unwrap()).await;
}

fn mandate_of(row: &Row) -> IMembership::Mandate {
    let uint = |column: &str| row[column].parse::<U256>().unwrap();
    IMembership::Mandate {
        payer: address(&row["payer"]),
        beneficiary: address(&row["beneficiary"]),
        tier: row["tier"].parse().unwrap(),
        periods: row["periods"].parse().unwrap(),
        maxCost: uint("max_cost"),
        maxAmount: uint("max_amount"),
        nonce: uint("nonce"),
        deadline: uint("deadline"),
        expiry: uint("expiry"),
    }
}

/// The migration says that a charge's payment is the next one in its block.
async fn paid_next_to(world: &World, charges: &[Row]) {
    let payments = world.rows("payments").await;
    for charge in charges {
        let next = payments.iter().find(|payment| {
            payment["block_number"] == charge["block_number"]
                && number(&payment["log_index"]) > number(&charge["log_index"])
        });
        let next = next.expect("a charge has its payment");
        assert_eq!(next["payer"], charge["payer"], "payer of the next payment");
        assert_eq!(next["amount"], bts(PRO_COST).to_string(), "its amount");
        assert_eq!(next["periods"], "1", "a charge is for one period");
    }
}

async fn state_of(world: &World, member: &Wallet) -> IMembership::MandateState {
    let call = Membership::mandateOfCall {
        payer: member.address(),
        nonce: NONCE,
    };
    member.call(world.contracts.membership, call).await.unwrap()
}

fn reason<T: std::fmt::Debug>(answer: Result<T, WalletError>) -> String {
    match answer {
        Err(WalletError::Reverted(why)) => why,
        other => panic!("it was not refused: {other:?}"),
    }
}

fn address(text: &str) -> Address {
    text.replace("\\x", "0x").parse().unwrap()
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}
