//! The binary's commands as processes of their own, to be killed.

use crate::World;
use crate::shared::root;
use btsc::dev::Stack;
use devstack::Urls;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const READY_WITHIN: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(100);

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
    pub async fn terminate(self) {
        terminate(self.0).await;
    }
}

/// `btsc dev` as a process of its own.
pub struct StackProcess {
    child: Child,
    state: PathBuf,
}

impl StackProcess {
    /// Starts a stack over `state`, and returns once it is ready.
    pub async fn start(state: &Path) -> Self {
        let child = dev(state).stdout(Stdio::null()).spawn().unwrap();
        let mut stack = Self {
            child,
            state: state.to_owned(),
        };
        let begun = Instant::now();
        while Stack::read(state).is_err() {
            assert_eq!(
                stack.child.try_wait().unwrap(),
                None,
                "the stack ended while it started"
            );
            assert!(begun.elapsed() < READY_WITHIN, "the stack was not ready in time");
            tokio::time::sleep(LOOK).await;
        }
        stack
    }

    /// What a start over `state` says that is refused.
    pub async fn refused(state: &Path) -> String {
        said_by(dev(state).arg("--fresh")).await
    }

    /// What the demonstration says when no stack runs from `state`.
    pub async fn demo_without_stack(state: &Path) -> String {
        said_by(Command::new(binary()).arg("demo").arg("--state-dir").arg(state)).await
    }

    /// What the demonstration shows.
    pub async fn demo(&self) -> String {
        let output = Command::new(binary())
            .arg("demo")
            .arg("--state-dir")
            .arg(&self.state)
            .output()
            .await
            .unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{shown}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        shown
    }

    /// The API's answer to a `GET`.
    pub async fn get(&self, path: &str) -> Value {
        let url = Stack::read(&self.state).unwrap().api_url.join(path).unwrap();
        let http = chain::http_client(&url, READY_WITHIN).unwrap();
        http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// SIGKILL. What it says of itself is then stale, and removed, so that the next start is seen.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
        std::fs::remove_file(self.state.join("stack.json")).unwrap();
    }

    /// SIGTERM, after which it must end by itself and well.
    pub async fn terminate(self) {
        terminate(self.child).await;
    }
}

fn dev(state: &Path) -> Command {
    let mut command = Command::new(binary());
    command
        .args(["dev", "--api-port=0", "--state-dir"])
        .arg(state)
        .arg("--root")
        .arg(root());
    // The machine's own setting would put the stack into somebody's database.
    command
        .env_remove("DATABASE_URL")
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn said_by(command: &mut Command) -> String {
    let output = command.stderr(Stdio::piped()).output().await.unwrap();
    assert!(!output.status.success(), "it was not refused");
    String::from_utf8(output.stderr).unwrap()
}

async fn terminate(mut child: Child) {
    let pid = child.id().expect("it runs").to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let status = child.wait().await.unwrap();
    assert!(status.success(), "SIGTERM ends it well: {status}");
}

/// The binary beside the test's own executable.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("btsc")
}
