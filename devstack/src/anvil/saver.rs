//! Saves the chain while it runs.
//!
//! A dump holds the whole chain, so its cost grows with every block (measured: 10 ms and 150 KiB of gzip per thousand
//! empty ones). A block with transactions is saved within a second; empty ones, which a restart can do without, as
//! often as costs a twentieth of the time, but often enough that what a kill loses stays above finality.

use super::rpc::Rpc;
use super::saved::SavedChain;
use crate::{Error, Result};
use alloy_primitives::B256;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};

const TICK: Duration = Duration::from_secs(1);
/// Empty blocks are saved for at most one part in so many of the time.
const IDLE_DUTY: u32 = 20;
/// Half of the 64 blocks that lie between the tip and what anvil calls finalized.
const IDLE_BOUND: Duration = Duration::from_secs(30);
/// More new blocks than this are not looked at one by one.
const LOOK_BOUND: u64 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tip {
    number: u64,
    hash: B256,
}

#[derive(Deserialize)]
struct Block {
    number: alloy_primitives::U64,
    hash: B256,
    transactions: Vec<Value>,
}

/// What was saved last.
struct Last {
    tip: Option<Tip>,
    at: Instant,
    cost: Duration,
}

/// The task that saves. Without [`stop`](Self::stop) it ends with the value.
#[derive(Debug)]
pub(super) struct Saver {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Saver {
    pub(super) fn start(rpc: Rpc, chain: SavedChain) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            task: tokio::spawn(run(rpc, chain, stopped)),
        }
    }

    /// Ends the task after a save in progress.
    pub(super) async fn stop(self) {
        let _ = self.stop.send(()); // an ended task does not listen
        let _ = self.task.await;
    }
}

async fn run(rpc: Rpc, chain: SavedChain, mut stopped: oneshot::Receiver<()>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Last {
        tip: None,
        at: Instant::now(),
        cost: Duration::ZERO,
    };
    let mut failing = false;
    loop {
        tokio::select! {
            // Dropping the sender ends the task as well.
            _ = &mut stopped => return,
            _ = ticks.tick() => {}
        }
        match tick(&rpc, &chain, &mut last).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::warn!("the chain is not being saved: {error}");
            }
            Err(_) => {}
        }
    }
}

async fn tick(rpc: &Rpc, chain: &SavedChain, last: &mut Last) -> Result<()> {
    let block: Block = rpc.call("eth_getBlockByNumber", json!(["latest", false])).await?;
    let tip = Tip {
        number: block.number.to(),
        hash: block.hash,
    };
    if last.tip == Some(tip) {
        return Ok(());
    }
    let busy = !block.transactions.is_empty() || holds_transactions(rpc, last.tip, tip).await?;
    if last.at.elapsed() < pause(busy, last.cost) && last.tip.is_some() {
        return Ok(());
    }
    let started = Instant::now();
    save(rpc, chain).await?;
    // The dump is at least as new as the tip that was read before it.
    *last = Last {
        tip: Some(tip),
        at: Instant::now(),
        cost: started.elapsed(),
    };
    Ok(())
}

/// How long to leave the node alone after a save.
fn pause(busy: bool, cost: Duration) -> Duration {
    // A tick comes a little early or late; a pause of just a second would miss every other one.
    let least = TICK / 2;
    if busy {
        cost.max(least)
    } else {
        (cost * IDLE_DUTY).clamp(least, IDLE_BOUND)
    }
}

/// Whether anything worth a save came since: a transaction, or another branch.
async fn holds_transactions(rpc: &Rpc, last: Option<Tip>, tip: Tip) -> Result<bool> {
    let Some(last) = last else { return Ok(true) };
    if tip.number <= last.number || tip.number - last.number > LOOK_BOUND {
        return Ok(true);
    }
    for number in last.number..tip.number {
        let block: Option<Block> = rpc
            .call("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))
            .await?;
        match block {
            Some(block) if number == last.number && block.hash == last.hash => {}
            Some(block) if number != last.number && block.transactions.is_empty() => {}
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// Saves the chain as it is now.
pub(super) async fn save(rpc: &Rpc, chain: &SavedChain) -> Result<()> {
    let turn = chain.turn().await;
    let dump: String = rpc.call("anvil_dumpState", json!([])).await?;
    let chain = chain.clone();
    let store = move || {
        let stored = chain.store(&dump);
        drop(turn);
        stored
    };
    let stored = spawn_blocking(store).await;
    stored.map_err(|error| Error::io("save the chain")(std::io::Error::other(error)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_saved_at_once_and_silence_costs_a_twentieth() {
        let cost = Duration::from_millis(200);
        assert!(pause(true, cost) < TICK);
        assert_eq!(pause(false, cost), Duration::from_secs(4));
        assert!(pause(false, Duration::from_millis(10)) < TICK);
        assert_eq!(pause(false, Duration::from_secs(10)), IDLE_BOUND);
    }
}
