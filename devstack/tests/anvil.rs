//! A chain outlives whatever ends it.

mod common;

use common::{Stranger, eventually, kill, replace_pid, root, saved_block};
use devstack::{Anvil, AnvilOptions, Error, StateDir};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::sleep;

/// Creation code of a contract that logs an empty entry with topic 1 on every call.
const LOGGER: &str = "0x67600160006000a10060005260086018f3";
const DAY: u64 = 24 * 60 * 60;
/// How far from the clock a block's time may be on a busy machine; what is wrong is wrong by days.
const NEAR: u64 = 10;

#[allow(clippy::disallowed_methods)] // the node's clock is the system's: there is none to pass in
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}

fn number(value: &Value) -> u64 {
    let text = value.as_str().expect("a quantity");
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a quantity")
}

async fn block(anvil: &Anvil, tag: impl Into<Value>) -> Value {
    anvil
        .rpc("eth_getBlockByNumber", json!([tag.into(), false]))
        .await
        .expect("block")
}

async fn timestamp(anvil: &Anvil) -> u64 {
    number(&block(anvil, "latest").await["timestamp"])
}

/// Sends a transaction of a dev account and waits for its receipt.
async fn send(anvil: &Anvil, mut transaction: Value) -> Value {
    let accounts: Vec<String> = anvil.rpc("eth_accounts", json!([])).await.expect("accounts");
    transaction["from"] = json!(accounts[0]);
    let hash: String = anvil
        .rpc("eth_sendTransaction", json!([transaction]))
        .await
        .expect("send");
    for _ in 0..500 {
        let receipt: Value = anvil
            .rpc("eth_getTransactionReceipt", json!([hash]))
            .await
            .expect("receipt");
        if !receipt.is_null() {
            assert_eq!(receipt["status"], "0x1");
            return receipt;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{hash} was not mined");
}

/// A contract, and `calls` blocks with a log of it each.
async fn logger(anvil: &Anvil, calls: usize) -> String {
    let receipt = send(anvil, json!({ "data": LOGGER })).await;
    let address = receipt["contractAddress"].as_str().expect("address").to_owned();
    for _ in 0..calls {
        send(anvil, json!({ "to": address })).await;
    }
    address
}

/// Everything an indexer reads: every log with its block hash and position, every block's hash, a receipt.
async fn history(anvil: &Anvil, address: &str, newest: u64) -> Value {
    let filter = json!([{ "fromBlock": "0x0", "toBlock": format!("{newest:#x}"), "address": address }]);
    let logs: Value = anvil.rpc("eth_getLogs", filter).await.expect("logs");
    let mut blocks = Vec::new();
    for number in 0..=newest {
        let block = block(anvil, format!("{number:#x}")).await;
        blocks.push(json!([
            block["hash"],
            block["parentHash"],
            block["timestamp"],
            block["transactions"]
        ]));
    }
    let hash = logs[0]["transactionHash"].clone();
    let receipt: Value = anvil
        .rpc("eth_getTransactionReceipt", json!([hash]))
        .await
        .expect("receipt");
    let transaction: Value = anvil
        .rpc("eth_getTransactionByHash", json!([hash]))
        .await
        .expect("transaction");
    json!({ "logs": logs, "blocks": blocks, "receipt": receipt, "transaction": transaction })
}

fn options() -> AnvilOptions {
    AnvilOptions::new(root())
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_receipts_and_logs_outlive_a_killed_node() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let start = now() - 60 * DAY;
    let genesis = AnvilOptions {
        genesis_timestamp: Some(start),
        ..options()
    };
    let anvil = Anvil::start(&genesis, &state).await.expect("start");
    assert!(!anvil.loaded());
    anvil.set_next_block_timestamp(start + DAY).await.expect("time");
    let address = logger(&anvil, 5).await;
    let newest = anvil.block_number().await.expect("number");
    let before = history(&anvil, &address, newest).await;
    assert_eq!(before["logs"].as_array().expect("logs").len(), 5);
    // Nobody asks for a save here.
    eventually("the save", async || saved_block(state.path()) == newest).await;
    kill(anvil.pid());
    anvil.exited().await;
    drop(anvil);

    let again = AnvilOptions {
        block_time: Some(1),
        ..genesis
    };
    let anvil = Anvil::start(&again, &state).await.expect("start again");
    assert!(anvil.loaded());
    assert_eq!(
        history(&anvil, &address, newest).await,
        before,
        "history after a reload"
    );
    let code: String = anvil
        .rpc("eth_getCode", json!([address, "latest"]))
        .await
        .expect("code");
    assert_eq!(code, "0x600160006000a100");
    // New blocks go on at the present, whatever the distance was before.
    eventually("a new block", async || {
        anvil.block_number().await.expect("number") > newest
    })
    .await;
    assert!(timestamp(&anvil).await.abs_diff(now()) <= NEAR);
    let next = block(&anvil, format!("{:#x}", newest + 1)).await;
    assert_eq!(
        next["parentHash"],
        before["blocks"][usize::try_from(newest).expect("index")][0],
        "the chain goes on"
    );
    anvil.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_saves_the_last_block_too() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let anvil = Anvil::start(&options(), &state).await.expect("start");
    let address = logger(&anvil, 1).await;
    let newest = anvil.block_number().await.expect("number");
    anvil.stop().await.expect("stop");
    let anvil = Anvil::start(&options(), &state).await.expect("start again");
    assert_eq!(anvil.block_number().await.expect("number"), newest);
    assert_eq!(
        history(&anvil, &address, newest).await["logs"]
            .as_array()
            .expect("logs")
            .len(),
        1
    );
    // A chain that is not kept is neither loaded nor saved.
    drop(anvil);
    let anvil = Anvil::start(
        &AnvilOptions {
            persist: false,
            ..options()
        },
        &state,
    )
    .await
    .expect("start bare");
    assert_eq!(anvil.block_number().await.expect("number"), 0);
    anvil.stop().await.expect("stop");
    let anvil = Anvil::start(&options(), &state).await.expect("start again");
    assert_eq!(anvil.block_number().await.expect("number"), newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn saves_at_the_same_time_wait_for_each_other() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let anvil = Anvil::start(&options(), &state).await.expect("start");
    for _ in 0..20 {
        let (one, two, three) = tokio::join!(anvil.save(), anvil.save(), anvil.save());
        one.and(two).and(three).expect("each of them is on disk");
    }
    drop(anvil);
    let anvil = Anvil::start(&options(), &state).await.expect("start again");
    assert!(anvil.loaded() && anvil.notices().is_empty(), "{:?}", anvil.notices());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_copy_is_said_and_the_one_before_loaded() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let anvil = Anvil::start(&options(), &state).await.expect("start");
    let address = logger(&anvil, 2).await;
    anvil.save().await.expect("save");
    anvil.stop().await.expect("stop");
    let copy = state.path().join("anvil/chain.json.gz");
    let cut = |path: &std::path::Path| {
        let bytes = fs::read(path).expect("copy");
        fs::write(path, &bytes[..bytes.len() - 100]).expect("cut");
    };
    cut(&copy);
    let anvil = Anvil::start(&options(), &state).await.expect("start again");
    assert!(anvil.notices()[0].contains("is damaged"), "{:?}", anvil.notices());
    assert_eq!(
        history(&anvil, &address, 3).await["logs"]
            .as_array()
            .expect("logs")
            .len(),
        2
    );
    drop(anvil);

    cut(&state.path().join("anvil/chain.previous.json.gz"));
    let _ = fs::write(&copy, "");
    let error = Anvil::start(&options(), &state)
        .await
        .expect_err("nothing whole is left");
    assert!(matches!(error, Error::SavedChain { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_is_ended_and_a_stranger_is_not() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let orphan = Anvil::start(&options(), &state).await.expect("start");
    let anvil = Anvil::start(&options(), &state).await.expect("start again");
    assert!(
        anvil.notices()[0].contains(&orphan.pid().to_string()),
        "{:?}",
        anvil.notices()
    );
    orphan.exited().await;
    // The orphan's guard stands for the caller that was killed. It may not take the new node's pid file along.
    drop(orphan);

    let mut stranger = Stranger::new();
    replace_pid(&state.path().join("run/anvil.pid"), stranger.pid());
    let third = Anvil::start(&options(), &state).await.expect("start a third");
    assert_eq!(third.notices(), &[] as &[String]);
    assert!(stranger.lives(), "the stranger is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_mining_and_reorgs_are_at_hand() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let start = now() - 60 * DAY;
    let options = AnvilOptions {
        genesis_timestamp: Some(start),
        persist: false,
        ..options()
    };
    let anvil = Anvil::start(&options, &state).await.expect("start");
    anvil.set_next_block_timestamp(start + DAY).await.expect("time");
    anvil.mine(3).await.expect("mine");
    assert_eq!(anvil.block_number().await.expect("number"), 3);
    assert!(timestamp(&anvil).await.abs_diff(start + DAY) <= 3);

    let address = logger(&anvil, 1).await;
    let tip = anvil.block_number().await.expect("number");
    let old = block(&anvil, "latest").await;
    anvil.reorg(2).await.expect("reorg");
    let new = block(&anvil, format!("{tip:#x}")).await;
    assert_ne!(new["hash"], old["hash"]);
    let code: String = anvil
        .rpc("eth_getCode", json!([address, "latest"]))
        .await
        .expect("code");
    assert_eq!(code, "0x", "what the replaced blocks did is undone");

    anvil.set_next_block_timestamp(now()).await.expect("time");
    anvil.mine(1).await.expect("mine");
    anvil.set_interval_mining(1).await.expect("interval");
    let before = anvil.block_number().await.expect("number");
    eventually("mining by the clock", async || {
        anvil.block_number().await.expect("number") >= before + 3
    })
    .await;
    assert!(timestamp(&anvil).await.abs_diff(now()) <= NEAR);

    let error = anvil
        .rpc::<Value>("eth_nothing", json!([]))
        .await
        .expect_err("no such method");
    assert!(matches!(error, Error::Rpc { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_one_sentence_and_a_drop_ends_the_node() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listen");
    let port = listener.local_addr().expect("address").port();
    let error = Anvil::start(
        &AnvilOptions {
            port: Some(port),
            ..options()
        },
        &state,
    )
    .await
    .expect_err("taken");
    assert!(matches!(error, Error::PortInUse { .. }), "{error}");
    drop(listener);

    let anvil = Anvil::start(
        &AnvilOptions {
            port: Some(port),
            ..options()
        },
        &state,
    )
    .await
    .expect("start");
    assert_eq!(anvil.url(), format!("http://127.0.0.1:{port}"));
    let started = Instant::now();
    drop(anvil);
    assert!(started.elapsed() < Duration::from_secs(5));
    std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
}
