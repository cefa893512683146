//! `btsc index` as a process of its own, to be killed.

use crate::World;
use devstack::Urls;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

pub struct IndexerProcess(Child);

impl IndexerProcess {
    /// Starts `btsc index` over `urls`, with spans of at most `span_blocks`.
    pub fn start(world: &World, urls: &Urls, span_blocks: u64) -> Self {
        let child = Command::new(binary())
            .arg("index")
            .env("INDEXER_DATABASE_URL", &urls.indexer)
            .env("RPC_URL", world.rpc_url.as_str())
            .env("DEPLOYMENT", world.deployment())
            .arg("--poll-ms=20")
            .arg(format!("--span-blocks={span_blocks}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("target/debug/btsc: build it first, as `make test` does");
        Self(child)
    }

    /// SIGKILL, in the middle of whatever it does.
    pub async fn kill(mut self) {
        self.0.kill().await.unwrap();
    }

    /// SIGTERM, after which it must end by itself and well.
    pub async fn terminate(mut self) {
        let pid = self.0.id().expect("it runs").to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .await
                .unwrap()
                .success()
        );
        let status = self.0.wait().await.unwrap();
        assert!(status.success(), "SIGTERM ends it well: {status}");
    }
}

/// The binary beside the test's own executable.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("btsc")
}
