//! What a stack says when it is ready.

use super::account;
use crate::Failure;
use alloy_primitives::hex;
use chain::Contracts;
use url::Url;

/// Anvil's accounts for whoever tries things out, and what the seed made of them.
const ACCOUNTS: [(u32, &str); 3] = [
    (0, "holds the supply of BTSc"),
    (8, "Pro, holds some BTSc"),
    (9, "never paid, holds 10,000 BTSc"),
];
/// The one that the commands look at.
const SHOWN: u32 = 8;

pub(super) fn print(contracts: &Contracts, rpc: &Url, api: &Url, seconds: u64) -> Result<(), Failure> {
    println!("\nReady after {seconds} s. Ctrl-C stops it; the state stays.\n");
    println!("  API    {api}docs");
    println!("  Chain  {rpc} (id {})\n", contracts.chain_id);
    for (name, address) in [
        ("BTSc", contracts.btsc),
        ("ReferencePrice", contracts.reference_price),
        ("Membership", contracts.membership),
        ("Staking", contracts.staking),
        ("RewardPool", contracts.reward_pool),
        ("OperationPool", contracts.operation_pool),
        ("StakingPool", contracts.staking_pool),
    ] {
        println!("  {name:<15}{address}");
    }
    println!("\nTest accounts. Everybody knows their keys: use them on this chain only.\n");
    for (index, what) in ACCOUNTS {
        let signer = account(index)?;
        println!(
            "  {}  {what}\n    key 0x{}",
            signer.address(),
            hex::encode(signer.to_bytes())
        );
    }
    let shown = account(SHOWN)?.address();
    println!("\nWorth trying, in another terminal:\n");
    println!("  make demo");
    println!("  curl -s {api}v1/members/{shown}");
    println!("  curl -s {api}v1/pools");
    println!(
        "  node_modules/@foundry-rs/cast-*/bin/cast call {} 'tierOf(address)(uint8)' {shown} --rpc-url {rpc}\n",
        contracts.membership
    );
    Ok(())
}
