//! Whole blocks in order, from a node.
//!
//! Well below finality a span is asked for by range; above, block by block, with the logs by block hash, so that a node
//! that lags has to say "unknown" instead of "none". Asked for a range that it does not have in full, such a node may
//! answer with what it has, and say nothing: hence "well".

use crate::decode::{Located, Unexplained, decode};
use alloy_rpc_types_eth::Log;
use chain::{Block, Contracts, Fault, Rpc};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use store::BlockRef;

/// Consecutive whole blocks, decoded.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The first block.
    pub first: BlockRef,
    /// The last block.
    pub last: BlockRef,
    /// Every event of ours in them, in order.
    pub events: Vec<Located>,
}

/// Why blocks could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The node gave no usable answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A log that this program does not know.
    #[error(transparent)]
    Unexplained(#[from] Unexplained),
}

/// Asks `rpc` for blocks with events of `contracts`.
#[derive(Clone, Debug)]
pub struct Source {
    rpc: Rpc,
    contracts: Contracts,
}

impl Source {
    /// A source over `rpc`.
    pub fn new(rpc: Rpc, contracts: Contracts) -> Self {
        Self { rpc, contracts }
    }

    /// The node's newest block, and the highest one that it calls final (none on a chain that has no such tag).
    pub async fn ends(&self) -> Result<(BlockRef, Option<BlockRef>), Fault> {
        let head = self.rpc.head().await?;
        let finalized = self.rpc.finalized().await?;
        Ok((block_ref(head), finalized.map(block_ref)))
    }

    /// The block at `number` on the node's present branch.
    pub async fn block_at(&self, number: u64) -> Result<Option<BlockRef>, Fault> {
        Ok(self.rpc.block_at(number).await?.map(block_ref))
    }

    /// The one block at `number`.
    pub async fn one(&self, number: u64) -> Result<Fetched, FetchError> {
        let block = self.rpc.block_at(number).await?.ok_or(Fault::BlockUnknown)?;
        let logs = self.rpc.logs_of_block(block.hash, &self.contracts.addresses()).await?;
        let events = self.decode_all(&logs, |_| block.timestamp)?;
        Ok(Fetched {
            first: block_ref(block),
            last: block_ref(block),
            events,
        })
    }

    /// The blocks `from..=to`, all well below finality.
    pub async fn range(&self, from: u64, to: u64) -> Result<Fetched, FetchError> {
        let first = self.rpc.block_at(from).await?.ok_or(Fault::BlockUnknown)?;
        let last = self.rpc.block_at(to).await?.ok_or(Fault::BlockUnknown)?;
        let logs = self.rpc.logs_between(from, to, &self.contracts.addresses()).await?;
        let blocks = self.blocks_of(&logs).await?;
        let events = self.decode_all(&logs, |number| blocks.get(&number).map_or(0, |block| block.timestamp))?;
        Ok(Fetched {
            first: block_ref(first),
            last: block_ref(last),
            events,
        })
    }

    /// The blocks that `logs` are in; each log must be of the block that the chain has at that height.
    async fn blocks_of(&self, logs: &[Log]) -> Result<BTreeMap<u64, Block>, Fault> {
        let mut blocks = BTreeMap::new();
        for log in logs {
            let number = log
                .block_number
                .ok_or_else(|| Fault::Malformed("a log without block number".into()))?;
            let block = match blocks.entry(number) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => *place.insert(self.rpc.block_at(number).await?.ok_or(Fault::BlockUnknown)?),
            };
            if log.block_hash != Some(block.hash) {
                return Err(Fault::Malformed(format!("a log of another branch at block {number}")));
            }
        }
        Ok(blocks)
    }

    fn decode_all(&self, logs: &[Log], timestamp_of: impl Fn(u64) -> u64) -> Result<Vec<Located>, Unexplained> {
        let mut events = Vec::with_capacity(logs.len());
        for log in logs {
            let timestamp = timestamp_of(log.block_number.unwrap_or(0));
            events.extend(decode(&self.contracts, log, timestamp)?);
        }
        Ok(events)
    }
}

fn block_ref(block: Block) -> BlockRef {
    BlockRef {
        number: block.number,
        hash: block.hash,
        parent_hash: block.parent_hash,
        timestamp: block.timestamp,
    }
}
