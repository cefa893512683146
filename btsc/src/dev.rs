//! `btsc dev`: a whole development stack in one process and its children.

use crate::Failure;
use alloy_primitives::hex;
use alloy_signer_local::PrivateKeySigner;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use url::Url;

/// Options of `btsc dev`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where the stack keeps its state
    #[arg(long, default_value = ".btsc")]
    pub state_dir: PathBuf,
}
/// S
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stack {
    /// rpc
    pub rpc_url: Url,
    /// api
    pub api_url: String,
    /// dep
    pub deployment: PathBuf,
    /// keys
    pub keys: Vec<String>,
}
impl Stack {
    /// Reads
    pub fn read(dir: &Path) -> Result<Self, Failure> {
        serde_json::from_str(&std::fs::read_to_string(dir.join("stack.json"))?)
            .map_err(|e| Failure::Said(e.to_string()))
    }
    /// key
    pub fn key(&self, index: usize) -> Result<PrivateKeySigner, Failure> {
        PrivateKeySigner::from_slice(&hex::decode(&self.keys[index]).map_err(|e| Failure::Said(e.to_string()))?)
            .map_err(|e| Failure::Said(e.to_string()))
    }
    /// http
    pub fn http(&self) -> reqwest::Client {
        chain::http_client(std::time::Duration::from_secs(10)).unwrap()
    }
}
/// r
pub async fn run(_o: Options, _s: tokio_util::sync::CancellationToken) -> Result<(), Failure> {
    Ok(())
}
