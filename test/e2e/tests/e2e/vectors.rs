//! What our wallet signs is what ethers signs: digests and signatures of `test/vectors/typed-data.json`.

use alloy_primitives::{Address, B256, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolStruct;
use bindings::IMembership::{Mandate, Order};
use btsc::dev::account;
use btsc::wallet::{Cancellation, Permit, membership_domain, sign, token_domain};
use serde_json::Value;
use std::collections::BTreeSet;

const VECTORS: &str = include_str!("../../../vectors/typed-data.json");

#[test]
fn alloy_and_ethers_agree_on_every_typed_message() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    for (index, vector) in vectors.iter().enumerate() {
        let field = |name: &str| vector["message"][name].as_str().unwrap();
        let address = |name: &str| field(name).parse::<Address>().unwrap();
        let uint = |name: &str| field(name).parse::<U256>().unwrap();
        let what = format!("vector {index}, {}", vector["primaryType"]);
        match vector["primaryType"].as_str().unwrap() {
            "Order" => assert_agree(
                &what,
                vector,
                &Order {
                    payer: address("payer"),
                    beneficiary: address("beneficiary"),
                    tier: uint("tier").to(),
                    periods: uint("periods").to(),
                    maxCost: uint("maxCost"),
                    maxAmount: uint("maxAmount"),
                    nonce: uint("nonce"),
                    deadline: uint("deadline"),
                },
            ),
            "Mandate" => assert_agree(
                &what,
                vector,
                &Mandate {
                    payer: address("payer"),
                    beneficiary: address("beneficiary"),
                    tier: uint("tier").to(),
                    periods: uint("periods").to(),
                    maxCost: uint("maxCost"),
                    maxAmount: uint("maxAmount"),
                    nonce: uint("nonce"),
                    deadline: uint("deadline"),
                    expiry: uint("expiry"),
                },
            ),
            "Cancellation" => assert_agree(
                &what,
                vector,
                &Cancellation {
                    account: address("account"),
                    nonce: uint("nonce"),
                },
            ),
            "Permit" => assert_agree(
                &what,
                vector,
                &Permit {
                    owner: address("owner"),
                    spender: address("spender"),
                    value: uint("value"),
                    nonce: uint("nonce"),
                    deadline: uint("deadline"),
                },
            ),
            other => panic!("{other} is none of our messages"),
        }
    }
    let kinds: BTreeSet<&str> = vectors.iter().map(|v| v["primaryType"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 4, "every message was met: {kinds:?}");
}

fn assert_agree<M: SolStruct>(what: &str, vector: &Value, message: &M) {
    assert_eq!(M::eip712_root_type(), root_type(&vector["types"]), "the type of {what}");
    let chain_id = vector["domain"]["chainId"].as_u64().unwrap();
    let contract: Address = text(&vector["domain"]["verifyingContract"]).parse().unwrap();
    let domain = match text(&vector["primaryType"]) {
        "Permit" => token_domain(chain_id, contract),
        _ => membership_domain(chain_id, contract),
    };
    assert_eq!(
        domain.name.as_deref(),
        vector["domain"]["name"].as_str(),
        "the domain of {what}"
    );
    let theirs: B256 = text(&vector["digest"]).parse().unwrap();
    assert_eq!(message.eip712_signing_hash(&domain), theirs, "the digest of {what}");
    let signature = sign(&signer(text(&vector["signer"])), message, &domain).unwrap();
    assert_eq!(
        signature.as_bytes().as_slice(),
        alloy_primitives::hex::decode(text(&vector["signature"])).unwrap(),
        "the signature of {what}"
    );
}

/// The one type as EIP-712 writes it: `Name(type name,...)`.
fn root_type(types: &Value) -> String {
    let (name, fields) = types.as_object().unwrap().iter().next().unwrap();
    let fields: Vec<String> = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|field| format!("{} {}", text(&field["type"]), text(&field["name"])))
        .collect();
    format!("{name}({})", fields.join(","))
}

/// Whichever of anvil's first accounts has this address.
fn signer(address: &str) -> PrivateKeySigner {
    let address: Address = address.parse().unwrap();
    let accounts = (0..3).map(|index| account(index).unwrap());
    accounts.into_iter().find(|signer| signer.address() == address).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
