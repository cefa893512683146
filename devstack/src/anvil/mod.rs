//! The development chain.

mod rpc;
mod saved;
mod saver;

use crate::process::{Guard, Identity, Spec, end_orphan};
use crate::tools::{self, Foundry};
use crate::{Error, Result, StateDir};
use alloy_primitives::U64;
use rpc::Rpc;
use saved::SavedChain;
use saver::Saver;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};
use std::{fmt, fs};

/// A long saved chain takes a while to load (measured: 0.4 s per 35,000 blocks).
const START_BOUND: Duration = Duration::from_mins(1);
const STOP_BOUND: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// How to start the chain.
#[derive(Debug, Clone)]
pub struct AnvilOptions {
    /// The repository, under which `node_modules` is.
    pub root: PathBuf,
    /// The port; a free one if none.
    pub port: Option<u16>,
    /// The chain id.
    pub chain_id: u64,
    /// Time of the first block in seconds since 1970; now if none. A saved chain keeps its own.
    pub genesis_timestamp: Option<u64>,
    /// Seconds between blocks; a block per transaction if none.
    pub block_time: Option<u64>,
    /// Whether the chain is saved while it runs and loaded at the next start.
    pub persist: bool,
    /// For how many blocks the state is kept, which bounds the depth of a reorg and how far back `eth_call` may ask.
    /// Without a bound anvil writes 3 MB per block under the user's home.
    pub states: u64,
    /// More arguments for anvil.
    pub arguments: Vec<String>,
}

impl AnvilOptions {
    /// For development: chain 31337 on a free port, a block per transaction, saved.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            port: None,
            chain_id: 31_337,
            genesis_timestamp: None,
            block_time: None,
            persist: true,
            states: 64,
            arguments: Vec::new(),
        }
    }
}

/// A running chain. Dropping it ends the node; [`stop`](Self::stop) saves first.
pub struct Anvil {
    rpc: Rpc,
    chain_id: u64,
    loaded: bool,
    notices: Vec<String>,
    saved: Option<SavedChain>,
    // Before the guard: the saver is told to end before the node is.
    saver: Option<Saver>,
    guard: Guard,
}

impl fmt::Debug for Anvil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anvil")
            .field("url", &self.url())
            .field("chain_id", &self.chain_id)
            .finish_non_exhaustive()
    }
}

impl Anvil {
    /// Starts the node, with the saved chain if there is one, and returns once it answers.
    pub async fn start(options: &AnvilOptions, state: &StateDir) -> Result<Self> {
        let program = tools::foundry(&options.root, Foundry::Anvil)?;
        let mut notices = Vec::new();
        notices.extend(end_orphan("anvil", &state.pid_file("anvil")).await?);
        let dir = state.path().join("anvil");
        let chain = SavedChain::new(dir.clone())?;
        let unpacked = if options.persist { chain.unpack()? } else { None };
        let (load, damage) = unpacked.map_or((None, None), |(path, damage)| (Some(path), damage));
        if let Some(damage) = damage {
            tracing::warn!("{damage}");
            notices.push(damage);
        }
        let start = Start {
            options,
            state,
            program,
            dir,
            load,
        };
        let (guard, rpc) = start.run().await?;
        chain.remove_unpacked()?;
        let saved = options.persist.then_some(chain);
        let task = saved.clone().map(|chain| Saver::start(rpc.clone(), chain));
        Ok(Self {
            rpc,
            chain_id: options.chain_id,
            loaded: start.load.is_some(),
            notices,
            saved,
            saver: task,
            guard,
        })
    }

    /// Where the node answers: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        self.rpc.url()
    }

    /// The chain id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Whether a saved chain was loaded.
    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// What was found and mended while starting, such as a node left behind or a damaged copy of the chain.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The node's process id.
    pub fn pid(&self) -> i32 {
        self.guard.pid().as_raw_nonzero().get()
    }

    /// Calls a method of the node.
    pub async fn rpc<T: DeserializeOwned>(&self, method: &str, params: impl Serialize + Send) -> Result<T> {
        self.rpc.call(method, params).await
    }

    /// Number of the newest block.
    pub async fn block_number(&self) -> Result<u64> {
        let number: U64 = self.rpc("eth_blockNumber", json!([])).await?;
        Ok(number.to())
    }

    /// Sets the time of the next block. Later blocks go on from it at the clock's pace: the distance from the clock
    /// stays until it is set anew or the node is started again.
    pub async fn set_next_block_timestamp(&self, seconds: u64) -> Result<()> {
        self.rpc("evm_setNextBlockTimestamp", json!([seconds])).await
    }

    /// Mines blocks at once, each a second after the one before.
    pub async fn mine(&self, blocks: u64) -> Result<()> {
        self.rpc("anvil_mine", json!([format!("{blocks:#x}")])).await
    }

    /// Mines a block every so many seconds, and no longer one per transaction. 0 stops it and mines on demand.
    pub async fn set_interval_mining(&self, seconds: u64) -> Result<()> {
        self.rpc("evm_setIntervalMining", json!([seconds])).await
    }

    /// Mines a block per transaction, or no longer does.
    pub async fn set_automine(&self, on: bool) -> Result<()> {
        self.rpc("evm_setAutomine", json!([on])).await
    }

    /// Replaces the newest `depth` blocks by empty ones. Their transactions are gone: they are not put back into the
    /// pool.
    pub async fn reorg(&self, depth: u64) -> Result<()> {
        self.reorg_with(depth, &[]).await
    }

    /// Replaces the newest `depth` blocks; each transaction (a raw one in hexadecimal or a request object) goes into
    /// the new block with the given index, counted from 0.
    pub async fn reorg_with(&self, depth: u64, transactions: &[(Value, u64)]) -> Result<()> {
        self.rpc("anvil_reorg", json!([depth, transactions])).await
    }

    /// Saves the chain now; returns once it is on disk.
    pub async fn save(&self) -> Result<()> {
        match &self.saved {
            Some(saved) => saver::save(&self.rpc, saved).await,
            None => Ok(()),
        }
    }

    /// Waits until the node ends.
    pub async fn exited(&self) -> ExitStatus {
        self.guard.exited().await
    }

    /// Saves the chain and ends the node.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(saver) = self.saver.take() {
            saver.stop().await;
        }
        // A node that is gone has been saved up to its last second; that is no reason not to clean up.
        let saved = if self.guard.exit_status().is_none() {
            self.save().await
        } else {
            Ok(())
        };
        self.guard.stop(STOP_BOUND).await.and(saved)
    }
}

struct Start<'a> {
    options: &'a AnvilOptions,
    state: &'a StateDir,
    program: PathBuf,
    dir: PathBuf,
    load: Option<PathBuf>,
}

impl Start<'_> {
    async fn run(&self) -> Result<(Guard, Rpc)> {
        let guard = Guard::spawn(Spec {
            name: "anvil",
            command: self.command(),
            identity: Identity {
                program: "anvil".to_owned(),
                marker: self.dir.clone(),
            },
            log: self.state.log("anvil"),
            pid_file: self.state.pid_file("anvil"),
        })?;
        let url = self.listening(&guard).await?;
        let rpc = Rpc::new(url)?;
        // Said once it listens; from here on it would log every call.
        rpc.call::<Value>("anvil_setLoggingEnabled", json!([false])).await?;
        Ok((guard, rpc))
    }

    fn command(&self) -> Command {
        let options = self.options;
        let mut command = Command::new(&self.program);
        command.args(["--host", "127.0.0.1", "--color", "never"]);
        // The node finds a free port itself: one that we found could be another's by the time it starts.
        command.arg("--port").arg(options.port.unwrap_or(0).to_string());
        command.arg("--chain-id").arg(options.chain_id.to_string());
        command.arg("--prune-history").arg(options.states.to_string());
        command.arg("--cache-path").arg(self.dir.join("cache"));
        if let Some(seconds) = options.block_time {
            command.arg("--block-time").arg(seconds.to_string());
        }
        match (&self.load, options.genesis_timestamp) {
            (Some(path), _) => {
                command.arg("--load-state").arg(path);
            }
            (None, Some(seconds)) => {
                command.arg("--timestamp").arg(seconds.to_string());
            }
            (None, None) => {}
        }
        command.args(&options.arguments);
        command
    }

    /// Waits until the node says where it listens. Asking a port who is there could reach another node.
    async fn listening(&self, guard: &Guard) -> Result<String> {
        let log = self.state.log("anvil");
        let started = Instant::now();
        while started.elapsed() < START_BOUND {
            let text = fs::read_to_string(&log).map_err(Error::at("read", &log))?;
            if let Some(address) = text.lines().find_map(|line| line.strip_prefix("Listening on ")) {
                return Ok(format!("http://{}", address.trim()));
            }
            match (guard.check(), self.options.port) {
                (Ok(()), _) => {}
                (Err(Error::Exited { ref tail, .. }), Some(port)) if tail.contains("Address already in use") => {
                    return Err(Error::PortInUse { name: "anvil", port });
                }
                (Err(error), _) => return Err(error),
            }
            tokio::time::sleep(POLL).await;
        }
        Err(guard.not_ready(started.elapsed()))
    }
}
