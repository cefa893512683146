//! The long-running services, and the commands around them.

use crate::Failure;
use api::Clock;
use chain::{Contracts, Rpc};
use clap::Args;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Mirror;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

const RPC_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const HEAD_PERIOD: Duration = Duration::from_secs(1);
const LAG_BLOCKS_MAX: u64 = 30;
const AGE_SECONDS_MAX: u64 = 300;
const TIDY_PERIOD: Duration = Duration::from_secs(5);
const SECONDS_BUCKETS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];
const API_CONNECTIONS_MAX: u32 = 8;

/// Options of `btsc index`.
#[derive(Args, Clone)]
pub struct IndexOptions {
    /// The indexer role's database URL
    #[arg(long, env = "INDEXER_DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// JSON-RPC endpoint of the chain (http or https)
    #[arg(long, env = "RPC_URL", hide_env_values = true)]
    pub rpc_url: String,
    /// The deployment to mirror: `scripts/deployments/<chain id>.json`
    #[arg(long, env = "DEPLOYMENT")]
    pub deployment: PathBuf,
    /// Milliseconds between looks at the head
    #[arg(long, default_value_t = 200)]
    pub poll_ms: u64,
    /// The most blocks to ask for at once while catching up
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub span_blocks: u64,
}

/// Options of `btsc serve`.
#[derive(Args, Clone)]
pub struct ServeOptions {
    /// The API role's database URL
    #[arg(long, env = "API_DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Where to listen
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// JSON-RPC endpoint that tells the chain's head; without it the lag is not known
    #[arg(long, env = "RPC_URL", hide_env_values = true)]
    pub rpc_url: Option<String>,
    /// The deployment that is served: `scripts/deployments/<chain id>.json`
    #[arg(long, env = "DEPLOYMENT")]
    pub deployment: PathBuf,
}

/// Options of `btsc migrate`.
#[derive(Args, Clone)]
pub struct MigrateOptions {
    /// The owner role's database URL
    #[arg(long, env = "OWNER_DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
}

/// Runs `btsc index`.
pub async fn index(options: IndexOptions, stop: CancellationToken) -> Result<(), Failure> {
    let contracts = Contracts::read(&options.deployment)?;
    let config = indexer::Config {
        database_url: options.database_url,
        rpc: Rpc::new(&rpc_url(&options.rpc_url)?, RPC_TIMEOUT)?,
        contracts,
        poll: Duration::from_millis(options.poll_ms),
        span_blocks_max: options.span_blocks,
    };
    Ok(indexer::run(config, stop).await?)
}

/// Runs `btsc serve`.
pub async fn serve(options: ServeOptions, stop: CancellationToken) -> Result<(), Failure> {
    let contracts = Contracts::read(&options.deployment)?;
    let pool = store::connect(&options.database_url, API_CONNECTIONS_MAX).await?;
    let head = match &options.rpc_url {
        Some(url) => watch_head(Rpc::new(&rpc_url(url)?, RPC_TIMEOUT)?, stop.clone()),
        None => watch::channel(None).1,
    };
    let config = api_config(
        Mirror::new(pool),
        &contracts,
        head,
        Arc::new(SystemClock),
        metrics_handle()?,
    );
    let listener = listen(options.listen).await?;
    tracing::info!(address = %listener.local_addr()?, "answering");
    Ok(api::serve(listener, config, stop).await?)
}

/// Runs `btsc migrate`.
pub async fn migrate(options: MigrateOptions) -> Result<(), Failure> {
    store::migrate(&options.database_url).await?;
    tracing::info!("the database is at this program's version");
    Ok(())
}

/// Runs `btsc openapi`.
pub fn openapi() -> Result<(), Failure> {
    let document = api::openapi()
        .to_pretty_json()
        .map_err(|error| Failure::Said(error.to_string()))?;
    println!("{document}");
    Ok(())
}

/// Parses an endpoint's URL. It may hold a key, so it is never repeated.
fn rpc_url(text: &str) -> Result<Url, Failure> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(Failure::Said(
            "the RPC URL is malformed: expected http://host:port/... or https://host/...".into(),
        )),
    }
}

/// Opens `address` for listening.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|why| Failure::Listen { address, why })
}

/// The API over `mirror`, as `btsc serve` and `btsc dev` run it.
pub fn api_config(
    mirror: Mirror,
    contracts: &Contracts,
    head: watch::Receiver<Option<u64>>,
    clock: Arc<dyn Clock>,
    metrics: PrometheusHandle,
) -> api::Config {
    api::Config {
        mirror,
        pools: contracts.pools(),
        head,
        clock,
        metrics: Arc::new(move || metrics.render()),
        lag_blocks_max: LAG_BLOCKS_MAX,
        age_seconds_max: AGE_SECONDS_MAX,
        timeout: REQUEST_TIMEOUT,
    }
}

/// Installs the process's metrics recorder, and tidies it for as long as the process runs.
pub fn metrics_handle() -> Result<PrometheusHandle, Failure> {
    let failed = |error| Failure::Said(format!("metrics can't be set up: {error}"));
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS_BUCKETS).map_err(failed)?;
    let handle = builder.install_recorder().map_err(failed)?;
    let tidied = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY_PERIOD).await;
            tidied.run_upkeep();
        }
    });
    Ok(handle)
}

/// Asks for the chain's head every second; while nothing answers, the last one stays.
pub fn watch_head(rpc: Rpc, stop: CancellationToken) -> watch::Receiver<Option<u64>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        while !stop.is_cancelled() {
            if let Ok(head) = rpc.head().await {
                sender.send_replace(Some(head.number));
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(HEAD_PERIOD) => {}
            }
        }
    });
    receiver
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads it
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
