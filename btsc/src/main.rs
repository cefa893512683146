//! `btsc`: the one binary. Its commands are listed by `btsc --help`.

use btsc::{Failure, demo, dev, services};
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// As a shell reports a process that Ctrl-C has ended.
const EXIT_INTERRUPTED: i32 = 130;

/// BTSChain: contracts are the system of record, this mirrors and serves them.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a whole development stack: chain, database, deployment, sample members, indexer, API
    Dev(dev::Options),
    /// Shows the main job against the running development stack: sign, pay, see the tier, stake, see the level
    Demo(demo::Options),
    /// Mirrors the contracts' events into the database
    Index(services::IndexOptions),
    /// Answers HTTP from the mirror
    Serve(services::ServeOptions),
    /// Applies the database migrations that are missing
    Migrate(services::MigrateOptions),
    /// Prints the OpenAPI document
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr();
    match run(cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("btsc: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    let stop = stop_on_signal()?;
    match command {
        Command::Dev(options) => dev::run(options, stop).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Index(options) => services::index(options, stop).await,
        Command::Serve(options) => services::serve(options, stop).await,
        Command::Migrate(options) => services::migrate(options).await,
        Command::Openapi => services::openapi(),
    }
}

/// Plain lines on a terminal, JSON otherwise. `RUST_LOG` narrows or widens.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.compact().init();
    } else {
        log.json().init();
    }
}

/// Cancelled by SIGINT or SIGTERM, so that everything ends in order.
fn stop_on_signal() -> Result<CancellationToken, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let token = stop.clone();
    tokio::spawn(async move {
        let mut received = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        received().await;
        token.cancel();
        // Whoever asks twice wants it at once. What that leaves behind, the next start mends.
        received().await;
        std::process::exit(EXIT_INTERRUPTED);
    });
    Ok(stop)
}
