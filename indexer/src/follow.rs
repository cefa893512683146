//! The one loop: start, live and reorg are the same path.

use crate::decode::Unexplained;
use crate::project::project;
use crate::source::{FetchError, Fetched, Source};
use chain::{Contracts, Fault, Rpc};
use std::time::Duration;
use store::{BlockRef, Cursor, Deployment, Span, WriteError, Writer};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// What a run needs. It holds a password, so it can't be shown.
#[derive(Clone)]
pub struct Config {
    /// The indexer role's URL.
    pub database_url: String,
    /// The node.
    pub rpc: Rpc,
    /// What to mirror.
    pub contracts: Contracts,
    /// Pause between looks at the head.
    pub poll: Duration,
    /// The most blocks in one span of the backfill; halved while a node refuses so many.
    pub span_blocks_max: u64,
}

/// Why a run ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node is of another chain.
    #[error(
        "the RPC endpoint is of chain {found}, the deployment of chain {expected}: configure the endpoint of chain {expected}"
    )]
    WrongChain {
        /// Chain id of the deployment.
        expected: u64,
        /// Chain id of the node.
        found: u64,
    },
    /// The chain left our branch at or below a block that it had called final.
    #[error(
        "the chain left the mirrored branch below block {finalized}, which it had called final: nothing was removed; \
         find out which chain is right before going on (a development chain that was reset: `btsc dev --fresh`)"
    )]
    ForkBelowFinality {
        /// Highest final block.
        finalized: u64,
    },
    /// A log that this program does not know.
    #[error(transparent)]
    Unexplained(#[from] Unexplained),
    /// The database refused.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// How far below finality blocks are asked for by range. Behind one URL there may be several nodes: the one that is
/// asked for the range may lag behind the one that told what is final, though hardly by more than this.
const RANGE_MARGIN_BLOCKS: u64 = 64;

/// What to do next, given the stored tip and the node's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The head is our tip.
    Wait,
    /// The head has gone down without another hash at its height: the node lags.
    Lagging,
    /// There are blocks after our tip.
    Extend,
    /// The chain has another block at a height that we have stored: step back.
    Replace,
}

/// Decides from the head, and from what we have stored at the head's height (none above our tip or below the window).
fn next_step(tip: &BlockRef, head: &BlockRef, stored_at_head: Option<&BlockRef>) -> Step {
    if head.number > tip.number {
        return Step::Extend;
    }
    match stored_at_head {
        Some(stored) if stored.hash != head.hash => Step::Replace,
        _ if head.number == tip.number => Step::Wait,
        _ => Step::Lagging,
    }
}

/// Follows the chain until `stop`. Faults of the node are waited out; what can't be mended by waiting ends the run.
pub async fn run(config: Config, stop: CancellationToken) -> Result<(), Error> {
    let source = Source::new(config.rpc.clone(), config.contracts);
    let Some(()) = check_chain(&config, &stop).await? else {
        return Ok(());
    };
    let deployment = Deployment {
        chain_id: config.contracts.chain_id,
        contracts: config.contracts.addresses(),
        start: config.contracts.start,
    };
    let (mut writer, stored) = Writer::open(&config.database_url, deployment).await?;
    let cursor = match stored {
        Some(cursor) => {
            info!(block = cursor.tip.number, "going on after the last mirrored block");
            cursor
        }
        None => match begin(&config, &source, &mut writer, &stop).await? {
            Some(cursor) => cursor,
            None => return Ok(()),
        },
    };
    let mut follower = Follower {
        pools: config.contracts.pools(),
        span_blocks: config.span_blocks_max,
        source,
        writer,
        cursor,
        ranging: false,
        lagging: false,
        config,
    };
    follower.run(&stop).await
}

/// Waits until the node answers, and refuses a node of another chain. `None` when stopped before.
async fn check_chain(config: &Config, stop: &CancellationToken) -> Result<Option<()>, Error> {
    let expected = config.contracts.chain_id;
    let mut pause = Backoff::default();
    loop {
        match config.rpc.chain_id().await {
            Ok(found) if found == expected => return Ok(Some(())),
            Ok(found) => return Err(Error::WrongChain { expected, found }),
            Err(fault) => {
                if !pause.wait(&fault, stop).await {
                    return Ok(None);
                }
            }
        }
    }
}

async fn begin(
    config: &Config,
    source: &Source,
    writer: &mut Writer,
    stop: &CancellationToken,
) -> Result<Option<Cursor>, Error> {
    let mut pause = Backoff::default();
    loop {
        let anchor = source.block_at(config.contracts.start).await;
        match anchor.and_then(|block| block.ok_or(Fault::BlockUnknown)) {
            Ok(anchor) => {
                info!(block = anchor.number, "starting an empty mirror");
                let opening: Vec<_> = config
                    .contracts
                    .pools()
                    .into_iter()
                    .zip(config.contracts.opening_balances)
                    .collect();
                return Ok(Some(writer.begin(anchor, &opening).await?));
            }
            Err(fault) => {
                if !pause.wait(&fault, stop).await {
                    return Ok(None);
                }
            }
        }
    }
}

/// Grows the pause after each failure, and says so.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Waits; false when stopped meanwhile.
    async fn wait(&mut self, fault: &Fault, stop: &CancellationToken) -> bool {
        let pause = Duration::from_millis(100 << self.failures.min(6));
        self.failures += 1;
        metrics::counter!("indexer_faults_total").increment(1);
        warn!(%fault, pause_ms = pause.as_millis(), "the node gave no usable answer; asking again");
        tokio::select! {
            () = stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}

struct Follower {
    config: Config,
    pools: [alloy_primitives::Address; 3],
    source: Source,
    writer: Writer,
    cursor: Cursor,
    span_blocks: u64,
    /// Whether the last fetch was by range.
    ranging: bool,
    lagging: bool,
}

impl Follower {
    async fn run(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        let mut pause = Backoff::default();
        while !stop.is_cancelled() {
            // A turn that is cut off has written all of its span or nothing of it.
            let turn = tokio::select! {
                turn = self.turn() => turn,
                () = stop.cancelled() => break,
            };
            match turn {
                Ok(true) => pause = Backoff::default(),
                Ok(false) => {
                    pause = Backoff::default();
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(self.config.poll) => {}
                    }
                }
                Err(TurnError::Fault(fault @ (Fault::RangeTooLarge | Fault::TimedOut))) if self.ranging => {
                    self.span_blocks = (self.span_blocks / 2).max(1);
                    self.ranging = false;
                    info!(
                        %fault,
                        span_blocks = self.span_blocks,
                        "the node refuses so many blocks at once; asking for fewer"
                    );
                }
                Err(TurnError::Fault(fault)) => {
                    if !pause.wait(&fault, stop).await {
                        break;
                    }
                }
                Err(TurnError::Final(error)) => return Err(error),
            }
        }
        info!(block = self.cursor.tip.number, "stopped after the last mirrored block");
        Ok(())
    }

    /// One look at the chain; true when something was written, so that more may be waiting.
    async fn turn(&mut self) -> Result<bool, TurnError> {
        let (head, finalized) = self.source.ends().await?;
        let stored = self.writer.block_at(head.number).await?;
        metrics::gauge!("indexer_head_block").set(to_f64(head.number));
        metrics::gauge!("indexer_indexed_block").set(to_f64(self.cursor.tip.number));
        let step = next_step(&self.cursor.tip, &head, stored.as_ref());
        self.tell_lag(step, &head);
        match step {
            Step::Wait | Step::Lagging => Ok(false),
            Step::Extend => {
                let fetched = self.fetch_after_tip(&head, finalized).await?;
                let finalized = if self.ranging { Some(fetched.last) } else { finalized };
                if fetched.first.parent_hash == self.cursor.tip.hash {
                    self.write(&fetched, finalized, None).await?;
                } else {
                    self.step_back(&head, finalized).await?;
                }
                Ok(true)
            }
            Step::Replace => {
                self.step_back(&head, finalized).await?;
                Ok(true)
            }
        }
    }

    fn tell_lag(&mut self, step: Step, head: &BlockRef) {
        let lagging = step == Step::Lagging;
        if lagging && !self.lagging {
            warn!(
                head = head.number,
                mirrored = self.cursor.tip.number,
                "the node's chain is behind the mirror; waiting until it catches up or shows another branch"
            );
        }
        self.lagging = lagging;
    }

    async fn fetch_after_tip(&mut self, head: &BlockRef, finalized: Option<BlockRef>) -> Result<Fetched, TurnError> {
        let from = self.cursor.tip.number + 1;
        let settled = finalized.map_or(0, |block| block.number.saturating_sub(RANGE_MARGIN_BLOCKS));
        let to = settled.min(from.saturating_add(self.span_blocks - 1));
        self.ranging = from < to;
        if self.ranging {
            info!(from, to, head = head.number, "backfilling");
            let fetched = self.source.range(from, to).await?;
            self.span_blocks = (self.span_blocks + self.span_blocks / 8 + 1).min(self.config.span_blocks_max);
            Ok(fetched)
        } else {
            Ok(self.source.one(from).await?)
        }
    }

    /// Finds the last common block and writes the first block of the chain's branch in place of ours.
    async fn step_back(&mut self, head: &BlockRef, finalized: Option<BlockRef>) -> Result<(), TurnError> {
        let top = self.cursor.tip.number.min(head.number);
        let mut number = top;
        let common = loop {
            // Nothing is known of a height that the node does not answer for: it may be another node, and lag.
            let theirs = self.source.block_at(number).await?.ok_or(Fault::BlockUnknown)?;
            match self.writer.block_at(number).await? {
                Some(ours) if ours.hash == theirs.hash => break ours,
                Some(_) if number > self.cursor.finalized => number -= 1,
                // Final, or below what is kept because it was final.
                _ => {
                    return Err(Error::ForkBelowFinality {
                        finalized: self.cursor.finalized,
                    }
                    .into());
                }
            }
        };
        if common.number == top {
            // The chain flapped back to our branch while we looked.
            return Ok(());
        }
        let depth = self.cursor.tip.number - common.number;
        // What replaces our blocks is fetched before ours are removed.
        let fetched = self.source.one(common.number + 1).await?;
        if fetched.first.parent_hash != common.hash {
            return Err(Fault::Malformed("the chain changed its branch while it was read".into()).into());
        }
        warn!(
            depth,
            common = common.number,
            "the chain took blocks back; stepping back"
        );
        metrics::counter!("indexer_reorgs_total").increment(1);
        metrics::histogram!("indexer_reorg_depth_blocks").record(to_f64(depth));
        self.write(&fetched, finalized, Some(common.number)).await
    }

    async fn write(
        &mut self,
        fetched: &Fetched,
        finalized: Option<BlockRef>,
        fork: Option<u64>,
    ) -> Result<(), TurnError> {
        let span = Span {
            first: fetched.first.number,
            parent_hash: fetched.first.parent_hash,
            last: fetched.last,
            window: vec![fetched.last],
            finalized: finalized.map(|block| (block.number, block.hash)),
            rows: project(&self.pools, &fetched.events),
        };
        self.cursor = self.writer.apply(&span, fork).await?;
        metrics::counter!("indexer_blocks_total").increment(span.last.number - span.first + 1);
        metrics::counter!("indexer_events_total").increment(fetched.events.len() as u64);
        metrics::gauge!("indexer_indexed_block").set(to_f64(self.cursor.tip.number));
        Ok(())
    }
}

/// How a turn failed.
enum TurnError {
    /// Waiting or asking differently may mend it.
    Fault(Fault),
    /// It will not mend itself.
    Final(Error),
}

impl From<Fault> for TurnError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for TurnError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<WriteError> for TurnError {
    fn from(error: WriteError) -> Self {
        Self::Final(error.into())
    }
}

impl From<FetchError> for TurnError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Fault(fault) => Self::Fault(fault),
            FetchError::Unexplained(unexplained) => Self::Final(unexplained.into()),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a gauge; heights stay far below 2^52
fn to_f64(height: u64) -> f64 {
    height as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    fn block(number: u64, branch: u8) -> BlockRef {
        BlockRef {
            number,
            hash: B256::with_last_byte(branch),
            parent_hash: B256::ZERO,
            timestamp: number,
        }
    }

    #[test]
    fn a_higher_head_extends() {
        assert_eq!(next_step(&block(5, 1), &block(6, 1), None), Step::Extend);
    }

    #[test]
    fn the_same_head_waits() {
        assert_eq!(next_step(&block(5, 1), &block(5, 1), Some(&block(5, 1))), Step::Wait);
    }

    #[test]
    fn another_hash_at_our_own_height_steps_back() {
        assert_eq!(next_step(&block(5, 1), &block(5, 2), Some(&block(5, 1))), Step::Replace);
    }

    #[test]
    fn a_lower_head_on_our_branch_is_a_lagging_node() {
        assert_eq!(next_step(&block(5, 1), &block(3, 1), Some(&block(3, 1))), Step::Lagging);
    }

    #[test]
    fn a_lower_head_on_another_branch_steps_back() {
        assert_eq!(next_step(&block(5, 1), &block(3, 2), Some(&block(3, 1))), Step::Replace);
    }

    #[test]
    fn a_head_below_the_window_is_a_lagging_node() {
        assert_eq!(next_step(&block(500, 1), &block(3, 2), None), Step::Lagging);
    }
}
