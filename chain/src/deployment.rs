//! Where the contracts are: `scripts/deployments/<chain id>.json`, as `Deploy.s.sol` writes it.

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use std::path::Path;

/// The contracts of one deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each field is the contract of that name
pub struct Contracts {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The last block before the first of them was deployed.
    pub start: u64,
    pub btsc: Address,
    pub reference_price: Address,
    /// None where no feed posts the price.
    pub feed_poster: Option<Address>,
    pub membership: Address,
    pub membership_registry: Address,
    pub staking: Address,
    pub reward_pool: Address,
    pub operation_pool: Address,
    pub staking_pool: Address,
    /// What the pools' addresses held of BTSc at `start`, in wei: reward, operation, staking pool.
    pub opening_balances: [U256; 3],
}

/// Why a deployment can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// No file.
    #[error("no deployment at {path}: deploy first, with `forge script scripts/Deploy.s.sol` or `btsc dev`")]
    Missing {
        /// Where it was looked for.
        path: String,
    },
    /// Not what `Deploy.s.sol` writes.
    #[error("{path} is not a deployment file: {why}")]
    Malformed {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    chain_id: u64,
    block: u64,
    contracts: Entries,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entries {
    #[serde(rename = "BTSc")]
    btsc: Entry,
    reference_price: Entry,
    feed_poster: Option<Entry>,
    membership: Entry,
    membership_registry: Entry,
    staking: Entry,
    reward_pool: Entry,
    operation_pool: Entry,
    staking_pool: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    address: Address,
    #[serde(with = "decimal")]
    opening_balance: U256,
}

/// Amounts stand in the file as decimal strings.
mod decimal {
    use alloy_primitives::U256;
    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
        let text = String::deserialize(deserializer)?;
        U256::from_str_radix(&text, 10).map_err(|_| D::Error::custom("openingBalance is not a decimal number"))
    }
}

impl Contracts {
    /// Reads a deployment file.
    pub fn read(path: &Path) -> Result<Self, DeploymentError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|_| DeploymentError::Missing { path: shown.clone() })?;
        Self::parse(&text).map_err(|error| DeploymentError::Malformed {
            path: shown,
            why: error.to_string(),
        })
    }

    fn parse(text: &str) -> serde_json::Result<Self> {
        let file: File = serde_json::from_str(text)?;
        let contracts = file.contracts;
        Ok(Self {
            chain_id: file.chain_id,
            start: file.block,
            btsc: contracts.btsc.address,
            reference_price: contracts.reference_price.address,
            feed_poster: contracts.feed_poster.map(|entry| entry.address),
            membership: contracts.membership.address,
            membership_registry: contracts.membership_registry.address,
            staking: contracts.staking.address,
            reward_pool: contracts.reward_pool.address,
            operation_pool: contracts.operation_pool.address,
            staking_pool: contracts.staking_pool.address,
            opening_balances: [
                contracts.reward_pool.opening_balance,
                contracts.operation_pool.opening_balance,
                contracts.staking_pool.opening_balance,
            ],
        })
    }

    /// All addresses whose events are mirrored, in a fixed order.
    pub fn addresses(&self) -> Vec<Address> {
        let always = [
            self.btsc,
            self.reference_price,
            self.membership,
            self.membership_registry,
            self.staking,
            self.reward_pool,
            self.operation_pool,
            self.staking_pool,
        ];
        always.into_iter().chain(self.feed_poster).collect()
    }

    /// The reward, operation and staking pool.
    pub fn pools(&self) -> [Address; 3] {
        [self.reward_pool, self.operation_pool, self.staking_pool]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALWAYS: [&str; 8] = [
        "BTSc",
        "ReferencePrice",
        "Membership",
        "MembershipRegistry",
        "Staking",
        "RewardPool",
        "OperationPool",
        "StakingPool",
    ];

    /// A file with these contracts, at addresses 0x0101.., 0x0202.. and so on, and what is of no use here.
    fn file(names: &[&str]) -> String {
        let entry = |index: usize| {
            json!({
                "address": address(index),
                "openingBalance": "7",
                "initCodeHash": "0x",
            })
        };
        let contracts: serde_json::Map<_, _> = names
            .iter()
            .enumerate()
            .map(|(index, name)| ((*name).to_owned(), entry(index)))
            .collect();
        json!({ "chainId": 97, "block": 5, "network": "x", "contracts": contracts }).to_string()
    }

    fn address(index: usize) -> Address {
        Address::repeat_byte(u8::try_from(index + 1).unwrap())
    }

    #[test]
    fn every_contract_that_emits_events_is_mirrored() {
        let contracts = Contracts::parse(&file(&ALWAYS)).unwrap();
        let all: Vec<Address> = (0..ALWAYS.len()).map(address).collect();
        assert_eq!(contracts.addresses(), all, "in a fixed order");
        assert_eq!(contracts.pools(), [address(5), address(6), address(7)]);
        assert_eq!(contracts.opening_balances, [U256::from(7); 3]);
        assert_eq!((contracts.chain_id, contracts.start), (97, 5));
    }

    #[test]
    fn a_feed_poster_is_mirrored_where_there_is_one() {
        let names = [ALWAYS.as_slice(), &["FeedPoster", "RenewalLens"]].concat();
        let contracts = Contracts::parse(&file(&names)).unwrap();
        assert_eq!(contracts.addresses().last(), Some(&address(8)));
        assert_eq!(contracts.addresses().len(), 9, "a lens emits nothing");
    }

    #[test]
    fn a_file_without_a_contract_is_refused() {
        let error = Contracts::parse(&file(&ALWAYS[..7])).unwrap_err().to_string();
        assert!(error.contains("StakingPool"), "it says which is missing: {error}");
    }
}
