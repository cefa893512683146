//! A node that answers as a test tells it to: what several nodes behind one URL look like when they disagree. A real one
//! can't be made to.

use crate::World;
use crate::mirror::wait;
use alloy_primitives::{B256, keccak256};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chain::Rpc;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Mirror;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// What the node says of blocks: each is a height and a branch, and a branch goes all the way down.
#[derive(Clone, Debug)]
pub struct Script {
    /// The newest block.
    pub latest: (u64, &'static str),
    /// The block that is called final.
    pub finalized: (u64, &'static str),
    /// The block at a height, if the node that is asked for it has one.
    pub at: fn(u64) -> Option<&'static str>,
    /// Its parent's branch where it is not its own.
    pub parent: fn(u64) -> Option<&'static str>,
}

pub struct ScriptedNode {
    pub url: Url,
    script: Arc<Mutex<Script>>,
}

impl ScriptedNode {
    pub async fn start(script: Script) -> Self {
        let script = Arc::new(Mutex::new(script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().route("/", post(answer)).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script }
    }

    /// From now on the node says this.
    pub fn say(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }
}

/// The hash of the block at `number` of `branch`.
fn hash(number: u64, branch: &str) -> B256 {
    keccak256(format!("{number} {branch}"))
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, Json(request): Json<Value>) -> Json<Value> {
    let script = script.lock().unwrap().clone();
    let result = match request["method"].as_str().unwrap() {
        "eth_chainId" => json!("0x7a69"),
        "eth_getLogs" => json!([]),
        "eth_getBlockByNumber" => match request["params"][0].as_str().unwrap() {
            "latest" => block(&script, script.latest.0, script.latest.1),
            "finalized" => block(&script, script.finalized.0, script.finalized.1),
            number => {
                let number = u64::from_str_radix(number.trim_start_matches("0x"), 16).unwrap();
                (script.at)(number).map_or(Value::Null, |branch| block(&script, number, branch))
            }
        },
        other => panic!("the test's node does not know {other}"),
    };
    Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }))
}

fn block(script: &Script, number: u64, branch: &'static str) -> Value {
    let parent = (script.parent)(number).unwrap_or(branch);
    let zero = B256::ZERO;
    json!({
        "number": format!("{number:#x}"), "hash": hash(number, branch),
        "parentHash": hash(number.saturating_sub(1), parent), "timestamp": format!("{:#x}", 1_000 + number),
        "sha3Uncles": zero, "stateRoot": zero, "transactionsRoot": zero, "receiptsRoot": zero, "mixHash": zero,
        "miner": alloy_primitives::Address::ZERO, "logsBloom": alloy_primitives::Bloom::ZERO,
        "difficulty": "0x0", "gasLimit": "0x1", "gasUsed": "0x0", "extraData": "0x", "nonce": "0x0000000000000000",
        "size": "0x1", "uncles": [], "transactions": [],
    })
}

/// An indexer that follows a scripted node into a database of its own.
pub struct Follower {
    mirror: Mirror,
    run: Mutex<Option<JoinHandle<Result<(), indexer::Error>>>>,
    stop: CancellationToken,
}

impl World {
    pub async fn follow(&self, node: &ScriptedNode) -> Follower {
        let urls = self.database("scripted").await;
        let mut config = self.indexer_config(&urls, 1_000);
        config.contracts.start = 0;
        config.rpc = Rpc::new(&node.url, Duration::from_secs(5)).unwrap();
        let stop = CancellationToken::new();
        let run = tokio::spawn(indexer::run(config, stop.clone()));
        let mirror = Mirror::new(store::connect(&urls.api, 1).await.unwrap());
        Follower {
            mirror,
            run: Mutex::new(Some(run)),
            stop,
        }
    }
}

impl Follower {
    pub async fn wait_for(&self, number: u64, branch: &str) {
        wait(&format!("block {number} of branch {branch}"), async || {
            self.is_at(number, branch).await
        })
        .await;
    }

    /// Gives the follower time to do something wrong.
    pub async fn stays_at(&self, number: u64, branch: &str) {
        for _ in 0..20 {
            assert!(
                self.is_at(number, branch).await,
                "the mirror left block {number} of branch {branch}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the run says when it ends by itself.
    pub async fn halts(&self) -> String {
        let run = self.run.lock().unwrap().take().expect("it runs");
        run.await.unwrap().expect_err("it goes on").to_string()
    }

    pub async fn end(self) {
        let run = self.run.lock().unwrap().take().expect("it runs");
        assert!(!run.is_finished(), "it ended by itself: {:?}", run.await);
        self.stop.cancel();
        run.await.unwrap().unwrap();
    }

    async fn is_at(&self, number: u64, branch: &str) -> bool {
        self.mirror
            .snapshot()
            .await
            .is_ok_and(|s| (s.as_of.number, s.as_of.hash) == (number, hash(number, branch)))
    }
}
