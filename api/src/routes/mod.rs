//! One file per feature; the tree mirrors the URLs.

pub(crate) mod document;
pub(crate) mod health;
pub(crate) mod members;
pub(crate) mod payments;
pub(crate) mod pools;
pub(crate) mod status;

use alloy_primitives::{Address, B256};
use serde::{Serialize, Serializer};
use store::standing::Tier;
use utoipa::ToSchema;

/// What an account may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TierName {
    /// Free.
    Light,
    /// Paid per period.
    Normal,
    /// Paid per period; may stake.
    Pro,
}

impl From<Tier> for TierName {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Light => Self::Light,
            Tier::Normal => Self::Normal,
            Tier::Pro => Self::Pro,
        }
    }
}

/// The block that an answer is true of.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct AsOf {
    /// Height.
    #[schema(example = 1234)]
    number: u64,
    /// Hash of its header.
    #[schema(value_type = String, example = "0x5f1f2bb0c36d3f3a9ac0fe8e95f94b0e6f2d6a1c4b7c7c0c0a5e1c5c0d7f9a11")]
    hash: B256,
    /// Unix seconds.
    #[schema(example = 1_795_222_800)]
    timestamp: u64,
    /// Whether the chain may still take it back.
    finality: Finality,
}

/// Whether the chain may still take a block back.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Finality {
    /// The chain calls the block final.
    Finalized,
    /// A reorg may still replace it.
    Unfinalized,
}

impl From<store::AsOf> for AsOf {
    fn from(as_of: store::AsOf) -> Self {
        let finality = match as_of.finality() {
            store::Finality::Finalized => Finality::Finalized,
            store::Finality::Unfinalized => Finality::Unfinalized,
        };
        Self {
            number: as_of.number,
            hash: as_of.hash,
            timestamp: as_of.timestamp,
            finality,
        }
    }
}

/// Addresses go out with their EIP-55 checksum.
fn checksummed<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&address.to_checksum(None))
}
