//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub)] // each test binary uses a part

use devstack::PostgresOptions;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("repository")
        .to_owned()
}

/// For tests that do not crash the server.
pub fn options() -> PostgresOptions {
    PostgresOptions {
        durable: false,
        ..PostgresOptions::new(root())
    }
}

pub fn kill(pid: i32) {
    let status = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .expect("kill");
    assert!(status.success(), "kill {pid}");
}

/// A process that is not ours to end.
pub struct Stranger(Child);

impl Stranger {
    pub fn new() -> Self {
        Self(
            Command::new("sleep")
                .arg("1000")
                .stdout(Stdio::null())
                .spawn()
                .expect("sleep"),
        )
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn lives(&mut self) -> bool {
        self.0.try_wait().expect("state of the stranger").is_none()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Number of the newest block that is saved under a state directory, 0 if nothing is.
pub fn saved_block(state: &Path) -> u64 {
    let Ok(file) = fs::File::open(state.join("anvil/chain.json.gz")) else {
        return 0;
    };
    let chain: serde_json::Value = serde_json::from_reader(flate2::read::GzDecoder::new(file)).expect("a whole copy");
    chain["best_block_number"].as_u64().expect("a number")
}

/// Waits until something is so, with patience for a machine that is busy.
pub async fn eventually(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("in 30 s {what} did not come true");
}

/// Puts another pid into a pid file, which is either JSON or begins with the pid.
pub fn replace_pid(path: &Path, pid: u32) {
    let text = fs::read_to_string(path).expect("pid file");
    let start = text.find(|c: char| c.is_ascii_digit()).expect("a pid");
    let length = text[start..]
        .find(|c: char| !c.is_ascii_digit())
        .expect("more than a pid");
    let replaced = format!("{}{pid}{}", &text[..start], &text[start + length..]);
    fs::write(path, replaced).expect("pid file");
}
