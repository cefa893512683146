//! Reads of the mirror, each answer out of one snapshot.

use crate::standing::{Level, Membership, Stake, Tier};
use crate::writer::{hash32, signed, unsigned};
use crate::{Error, require_migrated};
use alloy_primitives::{Address, B256, U256};
use serde::Deserialize;
use sqlx::{PgPool, Postgres, Transaction};

/// Whether the chain may still take a block back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The chain calls it final.
    Finalized,
    /// A reorg may still replace it.
    Unfinalized,
}

/// The block that an answer is true of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Unix seconds.
    pub timestamp: u64,
    /// Highest final block that the mirror knows of.
    pub finalized: u64,
}

impl AsOf {
    /// Whether the block itself is final.
    pub fn finality(&self) -> Finality {
        if self.number <= self.finalized {
            Finality::Finalized
        } else {
            Finality::Unfinalized
        }
    }
}

/// What is mirrored of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// None for an account that never was a member.
    pub membership: Option<Membership>,
    /// None for an account that never staked.
    pub stake: Option<Stake>,
    /// Principal that was asked back and not yet withdrawn, in BTSc wei.
    pub unstaking: U256,
    /// The staking levels in force, lowest first.
    pub levels: Vec<Level>,
}

/// A mirrored payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Where it stands; also its place in a listing.
    pub at: PaymentCursor,
    /// Transaction.
    pub tx_hash: B256,
    /// Unix seconds.
    pub timestamp: u64,
    /// Who paid.
    pub payer: Address,
    /// For whom.
    pub beneficiary: Address,
    /// What tier.
    pub tier: Tier,
    /// How many periods.
    pub periods: u32,
    /// Reference currency charged, 18 decimals.
    pub cost: U256,
    /// Reference value credited for an upgrade, 18 decimals.
    pub credit: U256,
    /// BTSc wei.
    pub amount: U256,
}

/// Place of a payment in a listing, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentCursor {
    /// Height of its block.
    pub block_number: u64,
    /// Index of its log.
    pub log_index: u64,
}

/// Part of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Whether more follow the last one.
    pub more: bool,
}

/// A pool's mirrored state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// BTSc wei that it holds.
    pub balance: U256,
    /// Its share of income, in basis points; none before the contract stated it.
    pub share: Option<u16>,
}

/// Opens snapshots of the mirror, as a role that may only read it.
#[derive(Clone, Debug)]
pub struct Mirror {
    pool: PgPool,
}

impl Mirror {
    /// Reads through `pool`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Whether the database answers and has this program's schema.
    pub async fn check(&self) -> Result<(), Error> {
        require_migrated(&self.pool).await
    }

    /// A snapshot of the mirror: everything read through it is true of the same block.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut tx = self
            .pool
            .begin_with("begin isolation level repeatable read read only")
            .await
            .map_err(Error::Unreachable)?;
        let row = sqlx::query!(
            r#"select chain_id, number, hash::bytea as "hash!", "timestamp", finalized_number from chain.cursor"#
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::Empty)?;
        let as_of = AsOf {
            chain_id: unsigned(row.chain_id, "cursor.chain_id")?,
            number: unsigned(row.number, "cursor.number")?,
            hash: hash32(&row.hash, "cursor.hash")?,
            timestamp: unsigned(row.timestamp, "cursor.timestamp")?,
            finalized: unsigned(row.finalized_number, "cursor.finalized_number")?,
        };
        Ok(Snapshot { as_of, tx })
    }
}

/// One state of the mirror.
#[derive(Debug)]
pub struct Snapshot {
    /// The block that it is true of.
    pub as_of: AsOf,
    tx: Transaction<'static, Postgres>,
}

/// A level as `project` stores it.
#[derive(Deserialize)]
struct StoredLevel {
    minimum_amount: String,
    minimum_held: u64,
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names)] // the names of the JSON that `project` stores
struct StoredSplit {
    reward_pool: u16,
    operation_pool: u16,
    staking_pool: u16,
}

impl Snapshot {
    /// What is mirrored of `account`.
    pub async fn member(&mut self, account: Address) -> Result<Member, Error> {
        let row = sqlx::query!(
            r#"select m.tier::smallint as "tier?", m.since as "since?", m.ends as "ends?",
                      m.next_tier::smallint as "next_tier?", m.next_duration as "next_duration?",
                      s.amount::text as "staked?", s.held_since as "held_since?",
                      (select coalesce(sum(r.amount), 0) from chain.unstake_requests r
                       where r.account = $1 and not exists
                         (select from chain.withdrawals w where w.account = r.account and w.id = r.id))::text as "unstaking!",
                      (select p.value from chain.parameters p where p.name = 'levels'
                       order by p.block_number desc, p.log_index desc limit 1) as "levels?"
               from (select) one
               left join lateral (select * from chain.memberships where account = $1
                 order by block_number desc, log_index desc limit 1) m on true
               left join lateral (select * from chain.stakes where account = $1
                 order by block_number desc, log_index desc limit 1) s on true"#,
            account.as_slice() as _
        )
        .fetch_one(&mut *self.tx)
        .await?;
        let membership = match (row.tier, row.since, row.ends, row.next_tier, row.next_duration) {
            (Some(tier), Some(since), Some(end), Some(next_tier), Some(next_duration)) => Some(Membership {
                tier: tier_of(tier)?,
                since: unsigned(since, "memberships.since")?,
                end: unsigned(end, "memberships.ends")?,
                next_tier: tier_of(next_tier)?,
                next_duration: unsigned(next_duration, "memberships.next_duration")?,
            }),
            _ => None,
        };
        let stake = match (row.staked, row.held_since) {
            (Some(amount), Some(since)) => Some(Stake {
                amount: wei(&amount, "stakes.amount")?,
                held_since: unsigned(since, "stakes.held_since")?,
            }),
            _ => None,
        };
        let levels = row.levels.map(levels_of).transpose()?.unwrap_or_else(Vec::new);
        Ok(Member {
            membership,
            stake,
            unstaking: wei(&row.unstaking, "unstake_requests.amount")?,
            levels,
        })
    }

    /// Up to `limit` payments by or for `account`, newest first, after `after`.
    pub async fn payments(
        &mut self,
        account: Address,
        after: Option<PaymentCursor>,
        limit: u16,
    ) -> Result<Page<Payment>, Error> {
        let (number, index) = after.map_or((i64::MAX, i64::MAX), |c| (signed(c.block_number), signed(c.log_index)));
        let rows = sqlx::query!(
            r#"select block_number as "block_number!", log_index as "log_index!", tx_hash::bytea as "tx_hash!",
                      "timestamp" as "timestamp!", payer::bytea as "payer!", beneficiary::bytea as "beneficiary!",
                      tier::smallint as "tier!", periods as "periods!", cost::text as "cost!",
                      credit::text as "credit!", amount::text as "amount!"
               from ((select * from chain.payments
                      where beneficiary = $1 and (block_number, log_index) < ($2, $3)
                      order by block_number desc, log_index desc limit $4)
                     union
                     (select * from chain.payments
                      where payer = $1 and (block_number, log_index) < ($2, $3)
                      order by block_number desc, log_index desc limit $4)) p
               order by block_number desc, log_index desc limit $4"#,
            account.as_slice() as _,
            number,
            index,
            i64::from(limit) + 1
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let more = rows.len() > usize::from(limit);
        let items = rows.into_iter().take(usize::from(limit)).map(|row| {
            Ok(Payment {
                at: PaymentCursor {
                    block_number: unsigned(row.block_number, "payments.block_number")?,
                    log_index: unsigned(row.log_index, "payments.log_index")?,
                },
                tx_hash: hash32(&row.tx_hash, "payments.tx_hash")?,
                timestamp: unsigned(row.timestamp, "payments.timestamp")?,
                payer: address(&row.payer, "payments.payer")?,
                beneficiary: address(&row.beneficiary, "payments.beneficiary")?,
                tier: tier_of(row.tier)?,
                periods: u32::try_from(row.periods).map_err(|_| Error::Corrupt("payments.periods"))?,
                cost: wei(&row.cost, "payments.cost")?,
                credit: wei(&row.credit, "payments.credit")?,
                amount: wei(&row.amount, "payments.amount")?,
            })
        });
        Ok(Page {
            items: items.collect::<Result<_, Error>>()?,
            more,
        })
    }

    /// The reward, operation and staking pool, whose addresses are `pools`.
    pub async fn pools(&mut self, pools: [Address; 3]) -> Result<[Pool; 3], Error> {
        let split = sqlx::query_scalar!(
            "select value from chain.parameters where name = 'split' order by block_number desc, log_index desc limit 1"
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        let split: Option<StoredSplit> = split
            .map(serde_json::from_value)
            .transpose()
            .map_err(|_| Error::Corrupt("parameters.value of split"))?;
        let share = |of: fn(&StoredSplit) -> u16| split.as_ref().map(of);
        let [reward, operation, staking] = pools;
        Ok([
            Pool {
                balance: self.pool_balance(reward).await?,
                share: share(|s| s.reward_pool),
            },
            Pool {
                balance: self.pool_balance(operation).await?,
                share: share(|s| s.operation_pool),
            },
            Pool {
                balance: self.pool_balance(staking).await?,
                share: share(|s| s.staking_pool),
            },
        ])
    }

    async fn pool_balance(&mut self, pool: Address) -> Result<U256, Error> {
        let balance = sqlx::query_scalar!(
            r#"select balance::text as "balance!" from chain.pool_balances where pool = $1
               order by block_number desc, log_index desc limit 1"#,
            pool.as_slice() as _
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        balance.map_or(Ok(U256::ZERO), |b| wei(&b, "pool_balances.balance"))
    }
}

fn levels_of(value: serde_json::Value) -> Result<Vec<Level>, Error> {
    let corrupt = || Error::Corrupt("parameters.value of levels");
    let stored: Vec<StoredLevel> = serde_json::from_value(value).map_err(|_| corrupt())?;
    stored
        .into_iter()
        .map(|level| {
            let minimum_amount = wei(&level.minimum_amount, "parameters.value of levels")?;
            Ok(Level {
                minimum_amount,
                minimum_held: level.minimum_held,
            })
        })
        .collect()
}

fn tier_of(stored: i16) -> Result<Tier, Error> {
    Tier::try_from(stored).map_err(|_| Error::Corrupt("a tier"))
}

fn wei(decimal: &str, column: &'static str) -> Result<U256, Error> {
    U256::from_str_radix(decimal, 10).map_err(|_| Error::Corrupt(column))
}

fn address(bytes: &[u8], column: &'static str) -> Result<Address, Error> {
    Address::try_from(bytes).map_err(|_| Error::Corrupt(column))
}
