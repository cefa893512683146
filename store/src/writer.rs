//! The one writer of schema `chain`.

use crate::rows::{Key, PoolChange, Rows};
use crate::{Error, options, require_migrated};
use alloy_primitives::{Address, B256, I256, U256, keccak256};
use serde::Serialize;
use sqlx::{Connection, PgConnection, Postgres, Transaction};

/// Advisory lock that the one writer holds; the number is "btsc" in ASCII.
const WRITER_LOCK: i64 = 0x6274_7363;

/// A block, as far as order and reorgs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash of the header.
    pub hash: B256,
    /// Hash of the header before it.
    pub parent_hash: B256,
    /// Unix seconds.
    pub timestamp: u64,
}

/// Which contracts a database mirrors. A database that mirrors others is refused, never mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The contracts' addresses, in the order of the deployment file.
    pub contracts: Vec<Address>,
    /// The block that the mirror starts after.
    pub start: u64,
}

impl Deployment {
    fn identity(&self) -> B256 {
        let mut bytes = self.chain_id.to_be_bytes().to_vec();
        bytes.extend(self.start.to_be_bytes());
        bytes.extend(self.contracts.iter().flat_map(|address| address.as_slice()));
        keccak256(bytes)
    }
}

/// How far the mirror has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last mirrored block. Its `parent_hash` is not known after a restart and is then zero.
    pub tip: BlockRef,
    /// Nothing at or below this height is ever removed.
    pub finalized: u64,
}

/// Consecutive whole blocks and what they add.
#[derive(Clone, Debug)]
pub struct Span {
    /// Height of the first block.
    pub first: u64,
    /// Its parent: must be the tip, or the block that a fork leaves from.
    pub parent_hash: B256,
    /// The last block.
    pub last: BlockRef,
    /// Blocks of the span that a reorg may still replace.
    pub window: Vec<BlockRef>,
    /// The block that the chain calls final, number and hash. Believed only if it is one that we have stored.
    pub finalized: Option<(u64, B256)>,
    /// The rows of all blocks of the span.
    pub rows: Rows,
}

/// Why a span was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another process writes this mirror.
    #[error("another indexer already writes this database: stop it first")]
    AnotherWriter,
    /// The database mirrors other contracts.
    #[error(
        "this database mirrors another deployment: use a database of its own, or drop this one (`btsc dev --fresh` on a development stack)"
    )]
    AnotherDeployment,
    /// The span does not continue what is stored.
    #[error("block {first} does not follow the stored block {stored}")]
    Discontinuous {
        /// First block of the span.
        first: u64,
        /// Block that is stored as the last one.
        stored: u64,
    },
    /// A fork would remove what is final.
    #[error("the fork leaves from block {fork}, below the final block {finalized}")]
    BelowFinality {
        /// Last common block.
        fork: u64,
        /// Highest final block.
        finalized: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(Error::Query(error))
    }
}

/// Writes schema `chain`, as the indexer's role.
///
/// Invariants, each shown by a test in `test/e2e`:
/// 1. One writer: the advisory lock lives on the very connection that writes, so that losing the lock loses the power.
/// 2. A span is written whole or not at all, with the cursor, in one transaction.
/// 3. A row's key is its log; a conflict is a bug and fails the transaction.
/// 4. Every span continues the stored tip by hash, or leaves from a stored block above finality.
/// 5. Nothing at or below finality is ever removed.
#[derive(Debug)]
pub struct Writer {
    connection: PgConnection,
    deployment: Deployment,
}

impl Writer {
    /// Takes the writer's place in the database behind `url`, and says how far the mirror has come.
    pub async fn open(url: &str, deployment: Deployment) -> Result<(Self, Option<Cursor>), WriteError> {
        let mut connection = PgConnection::connect_with(&options(url)?)
            .await
            .map_err(Error::Unreachable)?;
        require_migrated(&mut connection).await?;
        let locked = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "locked!""#, WRITER_LOCK)
            .fetch_one(&mut connection)
            .await?;
        if !locked {
            return Err(WriteError::AnotherWriter);
        }
        let mut writer = Self { connection, deployment };
        let cursor = writer.cursor().await?;
        Ok((writer, cursor))
    }

    /// Starts an empty mirror after `anchor`, the last block before the contracts existed. `opening` is what the pools
    /// held by then, in BTSc wei: anyone may send to an address before there is a contract.
    pub async fn begin(&mut self, anchor: BlockRef, opening: &[(Address, U256)]) -> Result<Cursor, WriteError> {
        let identity = self.deployment.identity();
        let chain_id = signed(self.deployment.chain_id);
        let mut tx = self.connection.begin().await?;
        sqlx::query!(
            r#"insert into chain.cursor (chain_id, deployment, number, hash, "timestamp", finalized_number)
               values ($1, $2, $3, $4, $5, $6)"#,
            chain_id,
            identity.as_slice(),
            signed(anchor.number),
            anchor.hash.as_slice(),
            signed(anchor.timestamp),
            signed(0),
        )
        .execute(&mut *tx)
        .await?;
        insert_blocks(&mut tx, &[anchor]).await?;
        let key = Key {
            block_number: anchor.number,
            log_index: 0,
        };
        let held = opening.iter().filter(|(_, held)| !held.is_zero());
        let pool_changes = held
            .map(|(pool, held)| PoolChange {
                key,
                pool: *pool,
                change: I256::from_raw(*held),
            })
            .collect();
        insert_rows(
            &mut tx,
            &Rows {
                pool_changes,
                ..Rows::default()
            },
        )
        .await?;
        tx.commit().await?;
        Ok(Cursor {
            tip: anchor,
            finalized: 0,
        })
    }

    /// Writes `span`, after removing every block above `fork` when the chain left our branch there.
    pub async fn apply(&mut self, span: &Span, fork: Option<u64>) -> Result<Cursor, WriteError> {
        let mut tx = self.connection.begin().await?;
        let stored = lock_cursor(&mut tx).await?;
        let parent = match fork {
            Some(fork) if fork < stored.finalized => {
                return Err(WriteError::BelowFinality {
                    fork,
                    finalized: stored.finalized,
                });
            }
            Some(fork) => remove_above(&mut tx, fork).await?,
            None => stored.tip,
        };
        if span.first != parent.number + 1 || span.parent_hash != parent.hash {
            return Err(WriteError::Discontinuous {
                first: span.first,
                stored: parent.number,
            });
        }
        insert_rows(&mut tx, &span.rows).await?;
        insert_blocks(&mut tx, &span.window).await?;
        let finalized = advance_finality(&mut tx, stored.finalized, span.finalized).await?;
        sqlx::query!("delete from chain.blocks where number < $1", signed(finalized))
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            r#"update chain.cursor set number = $1, hash = $2, "timestamp" = $3, finalized_number = $4"#,
            signed(span.last.number),
            span.last.hash.as_slice(),
            signed(span.last.timestamp),
            signed(finalized),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Cursor {
            tip: span.last,
            finalized,
        })
    }

    /// The stored block at `number`, if it is one that a reorg may still replace or the last final one.
    pub async fn block_at(&mut self, number: u64) -> Result<Option<BlockRef>, WriteError> {
        Ok(block_at(&mut self.connection, number).await?)
    }

    async fn cursor(&mut self) -> Result<Option<Cursor>, WriteError> {
        let Some(row) = sqlx::query!(
            r#"select number, hash::bytea as "hash!", "timestamp", finalized_number, deployment::bytea as "deployment!"
               from chain.cursor"#
        )
        .fetch_optional(&mut self.connection)
        .await?
        else {
            return Ok(None);
        };
        if row.deployment != self.deployment.identity().as_slice() {
            return Err(WriteError::AnotherDeployment);
        }
        Ok(Some(cursor_of(
            row.number,
            &row.hash,
            row.timestamp,
            row.finalized_number,
        )?))
    }
}

async fn lock_cursor(tx: &mut Transaction<'_, Postgres>) -> Result<Cursor, WriteError> {
    let row = sqlx::query!(
        r#"select number, hash::bytea as "hash!", "timestamp", finalized_number from chain.cursor for update"#
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(cursor_of(row.number, &row.hash, row.timestamp, row.finalized_number)?)
}

fn cursor_of(number: i64, hash: &[u8], timestamp: i64, finalized: i64) -> Result<Cursor, Error> {
    let tip = BlockRef {
        number: unsigned(number, "cursor.number")?,
        hash: hash32(hash, "cursor.hash")?,
        parent_hash: B256::ZERO,
        timestamp: unsigned(timestamp, "cursor.timestamp")?,
    };
    Ok(Cursor {
        tip,
        finalized: unsigned(finalized, "cursor.finalized_number")?,
    })
}

/// Finality moves up to a block that we have stored with the very hash that is called final. A node that calls a height
/// final while another one hands out an orphan for it would otherwise have us call the orphan final.
async fn advance_finality(
    tx: &mut Transaction<'_, Postgres>,
    stored: u64,
    claimed: Option<(u64, B256)>,
) -> Result<u64, WriteError> {
    let Some((number, hash)) = claimed.filter(|(number, _)| *number > stored) else {
        return Ok(stored);
    };
    let ours = block_at(tx, number).await?.is_some_and(|block| block.hash == hash);
    Ok(if ours { number } else { stored })
}

async fn block_at(connection: &mut PgConnection, number: u64) -> Result<Option<BlockRef>, Error> {
    sqlx::query!(
        r#"select hash::bytea as "hash!", parent_hash::bytea as "parent_hash!", "timestamp"
           from chain.blocks where number = $1"#,
        signed(number)
    )
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(BlockRef {
            number,
            hash: hash32(&row.hash, "blocks.hash")?,
            parent_hash: hash32(&row.parent_hash, "blocks.parent_hash")?,
            timestamp: unsigned(row.timestamp, "blocks.timestamp")?,
        })
    })
    .transpose()
}

/// Removes every block above `fork` and returns the block at `fork`, the new tip.
async fn remove_above(tx: &mut Transaction<'_, Postgres>, fork: u64) -> Result<BlockRef, WriteError> {
    let parent = block_at(tx, fork)
        .await?
        .ok_or(Error::Corrupt("blocks: the fork's block is missing"))?;
    let above = signed(fork);
    macro_rules! remove {
        ($($table:literal),* $(,)?) => {$(
            sqlx::query!("delete from chain." + $table + " where block_number > $1", above)
                .execute(&mut **tx)
                .await?;
        )*};
    }
    remove!(
        "payments",
        "memberships",
        "mandates",
        "mandate_charges",
        "mandate_ends",
        "used_nonces",
        "registry_entries",
        "stakes",
        "unstake_requests",
        "withdrawals",
        "reward_fundings",
        "staking_claims",
        "accruals",
        "totals",
        "pool_balances",
        "prices",
        "feed_prices",
        "spendings",
        "releases",
        "release_payments",
        "release_refusals",
        "reward_sets",
        "reward_vetoes",
        "reward_claims",
        "sweeps",
        "parameters",
    );
    sqlx::query!("delete from chain.blocks where number > $1", above)
        .execute(&mut **tx)
        .await?;
    Ok(parent)
}

async fn insert_rows(tx: &mut Transaction<'_, Postgres>, rows: &Rows) -> Result<(), WriteError> {
    macro_rules! insert {
        ($($table:literal $rows:expr;)*) => {$(
            if let Some(json) = json(&$rows)? {
                sqlx::query!(
                    "insert into chain." + $table + " select * from jsonb_populate_recordset(null::chain." + $table + ", $1)",
                    json
                )
                .execute(&mut **tx)
                .await?;
            }
        )*};
    }
    insert! {
        "payments" rows.payments;
        "memberships" rows.memberships;
        "mandates" rows.mandates;
        "mandate_charges" rows.mandate_charges;
        "mandate_ends" rows.mandate_ends;
        "used_nonces" rows.used_nonces;
        "registry_entries" rows.registry_entries;
        "stakes" rows.stakes;
        "unstake_requests" rows.unstake_requests;
        "withdrawals" rows.withdrawals;
        "reward_fundings" rows.reward_fundings;
        "staking_claims" rows.staking_claims;
        "accruals" rows.accruals;
        "totals" rows.totals;
        "prices" rows.prices;
        "feed_prices" rows.feed_prices;
        "spendings" rows.spendings;
        "releases" rows.releases;
        "release_payments" rows.release_payments;
        "release_refusals" rows.release_refusals;
        "reward_sets" rows.reward_sets;
        "reward_vetoes" rows.reward_vetoes;
        "reward_claims" rows.reward_claims;
        "sweeps" rows.sweeps;
        "parameters" rows.parameters;
    }
    if let Some(json) = json(&rows.pool_changes)? {
        sqlx::query!(
            "insert into chain.pool_balances (block_number, log_index, pool, change, balance)
             select r.block_number, r.log_index, r.pool, r.change,
                    coalesce((select b.balance from chain.pool_balances b where b.pool = r.pool
                              order by b.block_number desc, b.log_index desc limit 1), 0)
                    + sum(r.change) over (partition by r.pool order by r.block_number, r.log_index)
             from jsonb_populate_recordset(null::chain.pool_balances, $1) r",
            json
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn json<T: Serialize>(rows: &[T]) -> Result<Option<serde_json::Value>, Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    serde_json::to_value(rows)
        .map(Some)
        .map_err(|_| Error::Corrupt("a row that has no JSON form"))
}

async fn insert_blocks(tx: &mut Transaction<'_, Postgres>, blocks: &[BlockRef]) -> Result<(), WriteError> {
    let numbers: Vec<i64> = blocks.iter().map(|b| signed(b.number)).collect();
    let hashes: Vec<Vec<u8>> = blocks.iter().map(|b| b.hash.to_vec()).collect();
    let parents: Vec<Vec<u8>> = blocks.iter().map(|b| b.parent_hash.to_vec()).collect();
    let timestamps: Vec<i64> = blocks.iter().map(|b| signed(b.timestamp)).collect();
    sqlx::query!(
        r#"insert into chain.blocks (number, hash, parent_hash, "timestamp")
           select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[])"#,
        &numbers,
        &hashes,
        &parents,
        &timestamps
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Heights and times as Postgres holds them; both stay far below 2^63.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(value: i64, column: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Corrupt(column))
}

pub(crate) fn hash32(bytes: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(bytes).map_err(|_| Error::Corrupt(column))
}
