//! Deployment and seeding: `forge script`, run to its end.

use crate::tools::{self, Foundry};
use crate::{Error, Result, process};
use alloy_primitives::Address;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One run of a script.
#[derive(Debug, Clone)]
pub struct ForgeScript {
    /// The repository.
    pub root: PathBuf,
    /// The script: `scripts/Deploy.s.sol` or `scripts/Deploy.s.sol:Deploy`.
    pub script: String,
    /// The function to call, `run()` if none.
    pub signature: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where the node answers.
    pub rpc_url: String,
    /// Who sends, by an account that the node itself can sign for; none if the script brings keys.
    pub sender: Option<Address>,
    /// Whether transactions are sent, or the script is only simulated.
    pub broadcast: bool,
    /// More environment variables, for `vm.env*`.
    pub environment: Vec<(String, String)>,
    /// Where the records of what was sent go instead of `broadcast/`, and the cache instead of `cache/`; runs at the
    /// same time need one each. Compiled contracts stay shared in `out/`: see [`forge_build`].
    pub work_dir: Option<PathBuf>,
    /// Where the output goes.
    pub log: PathBuf,
    /// How long the run may take.
    pub bound: Duration,
}

impl ForgeScript {
    /// A run of `script` that sends its transactions, with its output in `log`.
    pub fn new(
        root: impl Into<PathBuf>,
        script: impl Into<String>,
        rpc_url: impl Into<String>,
        log: impl Into<PathBuf>,
    ) -> Self {
        Self {
            root: root.into(),
            script: script.into(),
            signature: None,
            arguments: Vec::new(),
            rpc_url: rpc_url.into(),
            sender: None,
            broadcast: true,
            environment: Vec::new(),
            work_dir: None,
            log: log.into(),
            bound: Duration::from_mins(10),
        }
    }
}

/// What a successful run has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeOutput {
    /// Both streams, as they were written to the log.
    pub text: String,
}

/// Runs a script and returns what it said. A failure holds the last lines of it.
pub async fn forge_script(script: &ForgeScript) -> Result<ForgeOutput> {
    let mut command = forge(&script.root)?;
    command.args([
        "script",
        &script.script,
        "--rpc-url",
        &script.rpc_url,
        "--non-interactive",
        "--no-proxy",
        // One after the other: an anvil that mines at once now and then loses one of those that reach it together.
        "--slow",
    ]);
    if let Some(signature) = &script.signature {
        command.args(["--sig", signature]);
    }
    if script.broadcast {
        command.arg("--broadcast");
    }
    if let Some(sender) = script.sender {
        command.args(["--unlocked", "--sender", &sender.to_string()]);
    }
    if let Some(dir) = &script.work_dir {
        let dir = &std::path::absolute(dir).map_err(Error::at("find", dir))?;
        command
            .env("FOUNDRY_BROADCAST", dir.join("broadcast"))
            .env("FOUNDRY_CACHE_PATH", work_cache(&script.root, dir)?);
    }
    command.envs(script.environment.iter().map(|(name, value)| (name, value)));
    // After everything that is an option: an argument may begin with a dash.
    command.arg("--").args(&script.arguments);
    process::run(
        &format!("forge script {}", script.script),
        command,
        &script.log,
        script.bound,
    )
    .await?;
    let text = fs::read(&script.log).map_err(Error::at("read", &script.log))?;
    Ok(ForgeOutput {
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}

/// Compiles files of the repository, such as scripts, and what they import. Scripts that then run at the same time find
/// their contracts compiled and write nothing that they share.
pub async fn forge_build(root: &Path, files: &[&str], log: &Path, bound: Duration) -> Result<()> {
    let mut command = forge(root)?;
    command.arg("build").args(files);
    process::run("forge build", command, log, bound).await
}

/// The native binary: the launchers that npm links answer 0 on failure.
fn forge(root: &Path) -> Result<Command> {
    let mut command = Command::new(tools::foundry(root, Foundry::Forge)?);
    command
        .current_dir(root)
        .env("FOUNDRY_SOLC", tools::solc(root)?)
        .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1");
    command.env("NO_COLOR", "1");
    Ok(command)
}

/// A cache folder of its own that knows what is compiled already: without that list everything is compiled again.
fn work_cache(root: &Path, dir: &Path) -> Result<PathBuf> {
    const LIST: &str = "solidity-files-cache.json";
    let cache = dir.join("cache");
    fs::create_dir_all(&cache).map_err(Error::at("create", &cache))?;
    match fs::copy(root.join("cache").join(LIST), cache.join(LIST)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::at("copy the list of compiled files to", &cache)(error))
        }
        _ => Ok(cache),
    }
}
