//! The rows that blocks turn into. Field names are column names: a batch travels to Postgres as one JSON array a table.

use alloy_primitives::{Address, B256, I256, U256};
use serde::{Serialize, Serializer};

/// Everything that a span of blocks adds to the mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // each field is the table of that name
pub struct Rows {
    pub payments: Vec<Payment>,
    pub memberships: Vec<Membership>,
    pub mandates: Vec<Mandate>,
    pub mandate_charges: Vec<MandateCharge>,
    pub mandate_ends: Vec<MandateEnd>,
    pub used_nonces: Vec<UsedNonce>,
    pub registry_entries: Vec<RegistryEntry>,
    pub stakes: Vec<Stake>,
    pub unstake_requests: Vec<UnstakeRequest>,
    pub withdrawals: Vec<Withdrawal>,
    pub reward_fundings: Vec<RewardFunding>,
    pub staking_claims: Vec<StakingClaim>,
    pub accruals: Vec<Accrual>,
    pub totals: Vec<Total>,
    pub pool_changes: Vec<PoolChange>,
    pub prices: Vec<Price>,
    pub feed_prices: Vec<FeedPrice>,
    pub spendings: Vec<Spending>,
    pub releases: Vec<Release>,
    pub release_payments: Vec<ReleasePart>,
    pub release_refusals: Vec<ReleasePart>,
    pub reward_sets: Vec<RewardSet>,
    pub reward_vetoes: Vec<RewardVeto>,
    pub reward_claims: Vec<RewardClaim>,
    pub sweeps: Vec<Sweep>,
    pub parameters: Vec<Parameter>,
}

/// Which log a row comes from: its natural key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Height of the block.
    pub block_number: u64,
    /// Index of the log in its block.
    pub log_index: u64,
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
            #[allow(missing_docs)] // columns are described in the migrations
            pub struct $name {
                #[serde(flatten)]
                pub key: Key,
                $($(#[$attribute])* pub $field: $type),*
            }
        )*
    };
}

rows! {
    /// `chain.payments`
    Payment {
        #[serde(serialize_with = "bytea")] tx_hash: B256,
        timestamp: u64,
        #[serde(serialize_with = "bytea")] payer: Address,
        #[serde(serialize_with = "bytea")] beneficiary: Address,
        tier: u8,
        periods: u16,
        #[serde(serialize_with = "decimal")] cost: U256,
        #[serde(serialize_with = "decimal")] credit: U256,
        #[serde(serialize_with = "decimal")] amount: U256,
        #[serde(serialize_with = "decimal")] to_reward_pool: U256,
        #[serde(serialize_with = "decimal")] to_operation_pool: U256,
        #[serde(serialize_with = "decimal")] to_staking_pool: U256,
    }
    /// `chain.memberships`
    Membership {
        #[serde(serialize_with = "bytea")] account: Address,
        tier: u8,
        since: u64,
        starts: u64,
        ends: u64,
        #[serde(serialize_with = "decimal")] value: U256,
        next_tier: u8,
        next_duration: u64,
        #[serde(serialize_with = "decimal")] next_value: U256,
    }
    /// `chain.mandates`
    Mandate {
        #[serde(serialize_with = "bytea")] contract: Address,
        #[serde(serialize_with = "bytea")] payer: Address,
        #[serde(serialize_with = "bytea")] beneficiary: Address,
        #[serde(serialize_with = "decimal")] nonce: U256,
        tier: u8,
        periods: u16,
        #[serde(serialize_with = "decimal")] max_cost: U256,
        #[serde(serialize_with = "decimal")] max_amount: U256,
        #[serde(serialize_with = "decimal")] deadline: U256,
        #[serde(serialize_with = "decimal")] expiry: U256,
    }
    /// `chain.mandate_charges`
    MandateCharge {
        #[serde(serialize_with = "bytea")] contract: Address,
        #[serde(serialize_with = "bytea")] payer: Address,
        #[serde(serialize_with = "decimal")] nonce: U256,
        charged: u16,
        charged_at: u64,
    }
    /// `chain.mandate_ends`
    MandateEnd {
        #[serde(serialize_with = "bytea")] contract: Address,
        #[serde(serialize_with = "bytea")] payer: Address,
        #[serde(serialize_with = "decimal")] nonce: U256,
    }
    /// `chain.used_nonces`
    UsedNonce {
        #[serde(serialize_with = "bytea")] account: Address,
        #[serde(serialize_with = "decimal")] nonce: U256,
    }
    /// `chain.registry_entries`
    RegistryEntry {
        place: u64,
        #[serde(serialize_with = "bytea")] membership: Address,
        active_at: u64,
    }
    /// `chain.stakes`
    Stake {
        #[serde(serialize_with = "bytea")] account: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
        held_since: u64,
    }
    /// `chain.unstake_requests`
    UnstakeRequest {
        #[serde(serialize_with = "bytea")] account: Address,
        id: u32,
        #[serde(serialize_with = "decimal")] amount: U256,
        release_at: u64,
    }
    /// `chain.withdrawals`
    Withdrawal {
        #[serde(serialize_with = "bytea")] account: Address,
        id: u32,
        #[serde(serialize_with = "bytea")] recipient: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
    }
    /// `chain.reward_fundings`
    RewardFunding {
        #[serde(serialize_with = "decimal")] amount: U256,
        #[serde(serialize_with = "decimal")] rate: U256,
        finish: u64,
    }
    /// `chain.staking_claims`
    StakingClaim {
        #[serde(serialize_with = "bytea")] account: Address,
        #[serde(serialize_with = "bytea")] recipient: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
    }
    /// `chain.accruals`
    Accrual {
        #[serde(serialize_with = "bytea")] account: Address,
        accruing: bool,
        #[serde(serialize_with = "decimal")] total_accruing: U256,
    }
    /// `chain.totals`
    Total {
        name: &'static str,
        #[serde(serialize_with = "decimal")] value: U256,
    }
    /// `chain.pool_balances`, whose balance the writer carries
    PoolChange {
        #[serde(serialize_with = "bytea")] pool: Address,
        #[serde(serialize_with = "signed_decimal")] change: I256,
    }
    /// `chain.prices`
    Price {
        #[serde(serialize_with = "decimal")] price: U256,
        posted_at: u64,
    }
    /// `chain.feed_prices`
    FeedPrice {
        #[serde(serialize_with = "decimal")] round_id: U256,
        #[serde(serialize_with = "signed_decimal")] answer: I256,
        #[serde(serialize_with = "decimal")] feed_price: U256,
        #[serde(serialize_with = "decimal")] price: U256,
    }
    /// `chain.spendings`
    Spending {
        purpose: u8,
        #[serde(serialize_with = "bytea")] recipient: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
        epoch: u64,
        #[serde(serialize_with = "decimal")] spent_in_epoch: U256,
    }
    /// `chain.releases`
    Release {
        epoch: u64,
        #[serde(serialize_with = "decimal")] amount: U256,
        #[serde(serialize_with = "decimal")] balance: U256,
    }
    /// `chain.release_payments` or `chain.release_refusals`
    ReleasePart {
        epoch: u64,
        #[serde(serialize_with = "bytea")] account: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
    }
    /// `chain.reward_sets`
    RewardSet {
        epoch: u64,
        #[serde(serialize_with = "bytea")] root: B256,
        #[serde(serialize_with = "decimal")] total: U256,
        #[serde(serialize_with = "bytea")] leaves_hash: B256,
        uri: String,
        active_at: u64,
    }
    /// `chain.reward_vetoes`
    RewardVeto {
        epoch: u64,
        #[serde(serialize_with = "bytea")] root: B256,
    }
    /// `chain.reward_claims`
    RewardClaim {
        #[serde(serialize_with = "bytea")] account: Address,
        #[serde(serialize_with = "bytea")] recipient: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
        #[serde(serialize_with = "decimal")] account_total: U256,
    }
    /// `chain.sweeps`
    Sweep {
        #[serde(serialize_with = "bytea")] contract: Address,
        #[serde(serialize_with = "bytea")] token: Address,
        #[serde(serialize_with = "bytea")] recipient: Address,
        #[serde(serialize_with = "decimal")] amount: U256,
    }
    /// `chain.parameters`
    Parameter {
        #[serde(serialize_with = "bytea")] contract: Address,
        name: String,
        value: serde_json::Value,
    }
}

fn bytea<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("\\x{}", alloy_primitives::hex::encode(bytes)))
}

fn decimal<S: Serializer>(amount: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn signed_decimal<S: Serializer>(amount: &I256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}
