//! `btsc dev`: a whole development stack in one process and its children.

mod progress;
mod summary;

use crate::Failure;
use crate::services::{SystemClock, api_config, listen, metrics_handle, watch_head};
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use api::Clock;
use chain::{Contracts, Rpc};
use clap::Args;
use devstack::{Anvil, AnvilOptions, ForgeScript, Postgres, PostgresOptions, StateDir, Urls, forge_script};
use progress::Progress;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Mirror;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Anvil's own: everybody knows these keys, and they hold nothing anywhere else.
const MNEMONIC: &str = "test test test test test test test test test test test junk";
const DATABASE: &str = "btsc_dev";
const SEED_DAYS: u64 = 60;
const SEED_STEPS: u64 = 12;
const DAY: u64 = 86_400;
const BLOCK_SECONDS: u64 = 1;
const RPC_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTIONS_MAX: u32 = 8;
const POLL: Duration = Duration::from_millis(100);
const SPAN_BLOCKS_MAX: u64 = 1_000;
const CAUGHT_UP_WITHIN: Duration = Duration::from_mins(2);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const STEPS: u32 = 6;
/// In the state directory: where the stack answers while it runs.
const STACK: &str = "stack.json";
/// In the state directory: what was deployed.
const DEPLOYMENT: &str = "deployment.json";
/// In the state directory: that the members are seeded. A stack without it was cut off while it was made.
const SEEDED: &str = "seeded";
/// Holds the supply of BTSc; deploys.
const HOLDER: u32 = 0;

/// Options of `btsc dev`.
#[derive(Args, Clone)]
pub struct Options {
    /// Drops the stack's state (chain, database, passwords) and begins anew
    #[arg(long)]
    pub fresh: bool,
    /// Where the API listens, on the loopback address
    #[arg(long, default_value_t = 8080)]
    pub api_port: u16,
    /// Where the stack keeps its state
    #[arg(long, default_value = ".btsc")]
    pub state_dir: PathBuf,
    /// The repository
    #[arg(long, default_value = ".")]
    pub root: PathBuf,
    /// Uses this Postgres server instead of starting one; its role must be able to create roles and databases
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Where a running stack answers, for those who use it: `<state>/stack.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stack {
    /// The chain's JSON-RPC endpoint.
    pub rpc_url: Url,
    /// The API.
    pub api_url: Url,
    /// The deployment file.
    pub deployment: PathBuf,
}

impl Stack {
    /// The stack that keeps its state in `state_dir`.
    pub fn read(state_dir: &Path) -> Result<Self, Failure> {
        let path = state_dir.join(STACK);
        let unknown = |why: &dyn std::fmt::Display| {
            Failure::Said(format!(
                "no development stack runs from {} ({why}): start one with `make up`",
                state_dir.display()
            ))
        };
        let text = std::fs::read_to_string(&path).map_err(|error| unknown(&error))?;
        serde_json::from_str(&text).map_err(|error| unknown(&error))
    }

    fn write(&self, state: &StateDir) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::Said(error.to_string()))?;
        Ok(std::fs::write(state.path().join(STACK), text)?)
    }
}

/// Anvil's account number `index`.
pub fn account(index: u32) -> Result<PrivateKeySigner, Failure> {
    MnemonicBuilder::<English>::default()
        .phrase(MNEMONIC)
        .index(index)
        .and_then(|builder| builder.build())
        .map_err(|error| Failure::Said(error.to_string()))
}

/// Runs the stack until `stop`, then stops every child.
pub async fn run(options: Options, stop: CancellationToken) -> Result<(), Failure> {
    let progress = Progress::start(STEPS);
    // Refused before anything is started: the one port that others choose too.
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], options.api_port))).await?;
    let state = StateDir::open(&options.state_dir)?;
    let unfinished = !state.path().join(SEEDED).exists();
    if options.fresh || unfinished {
        if options.database_url.is_some() && state.roles().exists() {
            let server = Postgres::start(&postgres_options(&options), &state).await?;
            server.drop_database(DATABASE).await?;
        }
        state.wipe().await?.iter().for_each(|ended| progress.note(ended));
    }
    let parts = tokio::select! {
        parts = Parts::start(&options, &state, &progress) => parts?,
        () = stop.cancelled() => return Err(Failure::Said("stopped before it was ready; every child is ended".into())),
    };
    let ended = parts.serve(listener, &state, &progress, stop).await;
    // So that nobody takes the stack for running; one that is not there is as good.
    let _ = std::fs::remove_file(state.path().join(STACK));
    let stopped = parts.stop().await;
    ended.and(stopped)
}

/// What has to run before the services can.
struct Parts {
    postgres: Postgres,
    anvil: Anvil,
    contracts: Contracts,
    urls: Urls,
}

impl Parts {
    async fn start(options: &Options, state: &StateDir, progress: &Progress) -> Result<Self, Failure> {
        let postgres = start_postgres(options, state, progress).await?;
        let anvil = start_anvil(options, state, progress).await?;
        if !anvil.loaded() {
            // A mirror of a chain that is gone is of no use, and would halt the indexer.
            postgres.drop_database(DATABASE).await?;
        }
        let maker = Maker {
            root: &options.root,
            state,
            anvil: &anvil,
            progress,
        };
        maker.deploy().await?;
        maker.seed().await?;
        let contracts = Contracts::read(&state.path().join(DEPLOYMENT))?;
        let step = progress.step("Database");
        let urls = postgres.create_database(DATABASE).await?;
        store::migrate(&urls.owner).await?;
        step.done("migrated, as its owner");
        Ok(Self {
            postgres,
            anvil,
            contracts,
            urls,
        })
    }

    /// Runs indexer and API until `stop`, or until something ends by itself, which nothing should.
    async fn serve(
        &self,
        listener: TcpListener,
        state: &StateDir,
        progress: &Progress,
        stop: CancellationToken,
    ) -> Result<(), Failure> {
        let rpc_url: Url = self
            .anvil
            .url()
            .parse()
            .map_err(|_| Failure::Said("anvil's URL does not parse".into()))?;
        let rpc = Rpc::new(&rpc_url, RPC_TIMEOUT)?;
        let api_url: Url = format!("http://{}", listener.local_addr()?)
            .parse()
            .map_err(|_| Failure::Said("the API's URL does not parse".into()))?;
        let mirror = Mirror::new(store::connect(&self.urls.api, CONNECTIONS_MAX).await?);
        let services = stop.child_token();
        let head = watch_head(rpc.clone(), services.clone());
        let config = api_config(
            mirror.clone(),
            &self.contracts,
            head,
            Arc::new(SystemClock),
            metrics_handle()?,
        );
        let mut indexer = tokio::spawn(indexer::run(self.indexer_config(rpc.clone()), services.clone()));
        let mut api = tokio::spawn(api::serve(listener, config, services.clone()));

        let ready = async {
            self.wait_until_mirrored(&rpc, &mirror, progress).await?;
            let deployment = state.path().join(DEPLOYMENT);
            Stack {
                rpc_url: rpc_url.clone(),
                api_url: api_url.clone(),
                deployment,
            }
            .write(state)?;
            summary::print(&self.contracts, &rpc_url, &api_url, progress.seconds())?;
            std::future::pending().await
        };
        let ended: Result<(), Failure> = tokio::select! {
            ended = ready => ended,
            () = stop.cancelled() => Ok(()),
            ended = &mut indexer => Err(service_ended("the indexer", ended.map(|r| r.map_err(Failure::from)))),
            ended = &mut api => Err(service_ended("the API", ended.map(|r| r.map_err(Failure::from)))),
            status = self.anvil.exited() => Err(Failure::Said(format!("anvil ended by itself ({status}): see {}", state.log("anvil").display()))),
            status = self.postgres.exited() => Err(Failure::Said(format!("Postgres ended by itself ({status}): see {}", state.log("postgres").display()))),
        };
        services.cancel();
        tokio::join!(end(indexer), end(api));
        ended
    }

    fn indexer_config(&self, rpc: Rpc) -> indexer::Config {
        indexer::Config {
            database_url: self.urls.indexer.clone(),
            rpc,
            contracts: self.contracts,
            poll: POLL,
            span_blocks_max: SPAN_BLOCKS_MAX,
        }
    }

    async fn wait_until_mirrored(&self, rpc: &Rpc, mirror: &Mirror, progress: &Progress) -> Result<(), Failure> {
        let step = progress.step("Indexer and API");
        let begun = Instant::now();
        loop {
            let head = rpc.head().await?;
            let mirrored = mirror.snapshot().await.ok().map(|snapshot| snapshot.as_of);
            // By hash: a chain that was killed may come back behind the mirror, on its way to another branch.
            if mirrored.is_some_and(|as_of| as_of.hash == head.hash) {
                step.done(&format!("all {} blocks are mirrored", head.number));
                return Ok(());
            }
            let (mirrored, head) = (mirrored.map_or(0, |as_of| as_of.number), head.number);
            if begun.elapsed() > CAUGHT_UP_WITHIN {
                return Err(Failure::Said(format!(
                    "the mirror is at block {mirrored} of {head} after {} s: the log above says why; `--fresh` begins anew",
                    CAUGHT_UP_WITHIN.as_secs()
                )));
            }
            step.update(&format!("block {mirrored} of {head}"));
            tokio::time::sleep(POLL).await;
        }
    }

    async fn stop(self) -> Result<(), Failure> {
        let (chain, database) = tokio::join!(self.anvil.stop(), self.postgres.stop());
        Ok(chain.and(database)?)
    }
}

fn postgres_options(options: &Options) -> PostgresOptions {
    let mut settings = PostgresOptions::new(&options.root);
    settings.database_url.clone_from(&options.database_url);
    settings
}

async fn start_postgres(options: &Options, state: &StateDir, progress: &Progress) -> Result<Postgres, Failure> {
    let step = progress.step("Postgres");
    let known = state.roles().exists();
    let postgres = Postgres::start(&postgres_options(options), state).await?;
    if let Some(other) = postgres.owned_databases().await?.first().filter(|_| !known) {
        return Err(Failure::Said(format!(
            "the server of DATABASE_URL already serves database {other} to the roles that this stack would give new \
             passwords: use another server, unset DATABASE_URL, or drop that database yourself if nobody needs it"
        )));
    }
    postgres.notices().iter().for_each(|notice| progress.note(notice));
    step.done(postgres.description());
    Ok(postgres)
}

async fn start_anvil(options: &Options, state: &StateDir, progress: &Progress) -> Result<Anvil, Failure> {
    let step = progress.step("Chain");
    let mut settings = AnvilOptions::new(&options.root);
    settings.genesis_timestamp = Some(SystemClock.now() - SEED_DAYS * DAY);
    let anvil = Anvil::start(&settings, state).await?;
    anvil.notices().iter().for_each(|notice| progress.note(notice));
    let begun = if anvil.loaded() {
        "goes on where it was saved"
    } else {
        "begins 60 days ago"
    };
    step.done(&format!("anvil at {}, {begun}", anvil.url()));
    Ok(anvil)
}

/// Makes the chain what a stack needs: contracts, members, blocks every second.
struct Maker<'a> {
    root: &'a Path,
    state: &'a StateDir,
    anvil: &'a Anvil,
    progress: &'a Progress,
}

impl Maker<'_> {
    async fn deploy(&self) -> Result<(), Failure> {
        let step = self.progress.step("Contracts");
        if self.anvil.loaded() {
            step.done("deployed before");
            return Ok(());
        }
        let mut script = self.script("scripts/Deploy.s.sol", "deploy");
        script.signature = Some("run(string)".into());
        script.arguments = vec!["local".into()];
        script.sender = Some(account(HOLDER)?.address());
        forge_script(&script).await?;
        let written = self
            .root
            .join(format!("scripts/deployments/{}.json", self.anvil.chain_id()));
        std::fs::copy(&written, self.state.path().join(DEPLOYMENT))?;
        step.done("deployed by scripts/Deploy.s.sol");
        Ok(())
    }

    /// Lives through the days up to the present.
    async fn seed(&self) -> Result<(), Failure> {
        let step = self.progress.step("Members");
        if self.anvil.loaded() {
            self.anvil.set_interval_mining(BLOCK_SECONDS).await?;
            step.done("seeded before");
            return Ok(());
        }
        let present = SystemClock.now();
        for k in 1..=SEED_STEPS {
            step.update(&format!("day {} of {SEED_DAYS}", k * SEED_DAYS / SEED_STEPS));
            let time = present - SEED_DAYS * DAY * (SEED_STEPS - k) / SEED_STEPS;
            self.block_at(time).await?;
            let mut script = self.script("scripts/Seed.s.sol", "seed");
            script.signature = Some("run(uint256,uint256)".into());
            script.arguments = vec![k.to_string(), SEED_STEPS.to_string()];
            forge_script(&script).await?;
        }
        self.block_at(SystemClock.now().max(self.now().await? + 1)).await?;
        self.anvil.set_interval_mining(BLOCK_SECONDS).await?;
        self.anvil.save().await?;
        std::fs::write(self.state.path().join(SEEDED), "")?;
        step.done("240 seeded by scripts/Seed.s.sol over 60 days; a block every second from here on");
        Ok(())
    }

    async fn block_at(&self, time: u64) -> Result<(), Failure> {
        self.anvil.set_next_block_timestamp(time).await?;
        Ok(self.anvil.mine(1).await?)
    }

    async fn now(&self) -> Result<u64, Failure> {
        let url = self
            .anvil
            .url()
            .parse()
            .map_err(|_| Failure::Said("anvil's URL does not parse".into()))?;
        Ok(Rpc::new(&url, RPC_TIMEOUT)?.head().await?.timestamp)
    }

    fn script(&self, path: &str, log: &str) -> ForgeScript {
        ForgeScript::new(self.root, path, self.anvil.url(), self.state.log(log))
    }
}

/// Waits for a service that was told to end. One that has ended already told how.
async fn end<T>(service: JoinHandle<T>) {
    if !service.is_finished() && tokio::time::timeout(STOP_WITHIN, service).await.is_err() {
        tracing::warn!(seconds = STOP_WITHIN.as_secs(), "a service did not end in time");
    }
}

fn service_ended(name: &str, ended: Result<Result<(), Failure>, tokio::task::JoinError>) -> Failure {
    match ended {
        Ok(Ok(())) => Failure::Said(format!("{name} ended by itself")),
        Ok(Err(failure)) => failure,
        Err(panic) => Failure::Said(format!("{name} broke down: {panic}")),
    }
}
