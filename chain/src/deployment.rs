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
        let file: File = serde_json::from_str(&text).map_err(|error| DeploymentError::Malformed {
            path: shown,
            why: error.to_string(),
        })?;
        let contracts = file.contracts;
        Ok(Self {
            chain_id: file.chain_id,
            start: file.block,
            btsc: contracts.btsc.address,
            reference_price: contracts.reference_price.address,
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
    pub fn addresses(&self) -> [Address; 8] {
        [
            self.btsc,
            self.reference_price,
            self.membership,
            self.membership_registry,
            self.staking,
            self.reward_pool,
            self.operation_pool,
            self.staking_pool,
        ]
    }

    /// The reward, operation and staking pool.
    pub fn pools(&self) -> [Address; 3] {
        [self.reward_pool, self.operation_pool, self.staking_pool]
    }
}
