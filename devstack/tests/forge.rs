//! Scripts run, fail loudly, and do not get in each other's way.

mod common;

use common::root;
use devstack::{Anvil, AnvilOptions, Error, ForgeScript, StateDir, forge_build, forge_script};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

const SCRIPT: &str = r#"// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
    function envString(string calldata name) external view returns (string memory);
    function writeFile(string calldata path, string calldata text) external;
}

contract Kept {
    int256 public immutable value;

    constructor(int256 value_) {
        value = value_;
    }
}

contract Keep {
    Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    function keep(int256 value) external returns (address kept) {
        require(value != 13, "unlucky number");
        vm.startBroadcast();
        kept = address(new Kept(value));
        vm.stopBroadcast();
        vm.writeFile(vm.envString("KEEP_FILE"), "kept");
    }
}
"#;

const FOUNDRY: &str = r#"[profile.default]
src = "scripts"
script = "scripts"
libs = []
solc = "0.8.34"
fs_permissions = [{ access = "read-write", path = "./" }]
"#;

/// A repository with one script and the tools of ours.
fn repository(dir: &Path) {
    fs::create_dir(dir.join("scripts")).expect("scripts");
    symlink(root().join("node_modules"), dir.join("node_modules")).expect("node_modules");
    fs::copy(root().join("scripts/solc"), dir.join("scripts/solc")).expect("solc");
    fs::write(dir.join("scripts/Keep.s.sol"), SCRIPT).expect("script");
    fs::write(dir.join("foundry.toml"), FOUNDRY).expect("configuration");
}

async fn script(dir: &Path, anvil: &Anvil, name: &str, value: &str) -> ForgeScript {
    let accounts: Vec<String> = anvil.rpc("eth_accounts", json!([])).await.expect("accounts");
    let work = dir.join(name);
    ForgeScript {
        signature: Some("keep(int256)".to_owned()),
        arguments: vec![value.to_owned()],
        sender: Some(accounts[1].parse().expect("address")),
        environment: vec![("KEEP_FILE".to_owned(), format!("{name}.txt"))],
        work_dir: Some(work),
        ..ForgeScript::new(
            dir,
            "scripts/Keep.s.sol:Keep",
            anvil.url(),
            dir.join(format!("{name}.log")),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_side_by_side_and_fail_with_their_reason() {
    let repo = tempfile::tempdir().expect("directory");
    let dir = repo.path();
    repository(dir);
    let states = tempfile::tempdir().expect("directory");
    let state = |name: &str| StateDir::open(states.path().join(name)).expect("state");
    let (first, second) = (state("first"), state("second"));
    let options = AnvilOptions {
        persist: false,
        ..AnvilOptions::new(dir)
    };
    let anvils = [
        Anvil::start(&options, &first).await.expect("start"),
        Anvil::start(&options, &second).await.expect("start"),
    ];
    let bound = Duration::from_mins(2);
    forge_build(dir, &["scripts/Keep.s.sol"], &dir.join("build.log"), bound)
        .await
        .expect("build");

    let runs = [
        script(dir, &anvils[0], "one", "-1").await,
        script(dir, &anvils[1], "two", "2").await,
    ];
    let (one, two) = tokio::join!(forge_script(&runs[0]), forge_script(&runs[1]));
    for (run, (output, anvil)) in runs.iter().zip([one, two].into_iter().zip(&anvils)) {
        let text = output.expect("run").text;
        assert!(text.contains("ONCHAIN EXECUTION COMPLETE & SUCCESSFUL"), "{text}");
        assert!(!text.contains("Compiling"), "compiled again:\n{text}");
        let work = run.work_dir.as_deref().expect("work directory");
        let record = fs::read_to_string(work.join("broadcast/Keep.s.sol/31337/keep-latest.json")).expect("record");
        let record: Value = serde_json::from_str(&record).expect("record");
        let address = record["receipts"][0]["contractAddress"]
            .as_str()
            .expect("address")
            .to_owned();
        let value: String = anvil
            .rpc("eth_call", json!([{ "to": address, "data": "0x3fa4f245" }, "latest"]))
            .await
            .expect("call");
        assert_eq!(value.starts_with("0xff"), run.arguments[0].starts_with('-'), "{value}");
        assert_eq!(anvil.block_number().await.expect("number"), 1);
        let name = work.file_name().expect("name").to_string_lossy().into_owned();
        assert_eq!(
            fs::read_to_string(dir.join(format!("{name}.txt"))).expect("file"),
            "kept"
        );
    }
    assert!(!dir.join("broadcast").exists(), "nothing is written where others write");

    let unlucky = script(dir, &anvils[0], "three", "13").await;
    let error = forge_script(&unlucky).await.expect_err("refused");
    assert!(
        matches!(error, Error::Failed { .. }) && error.to_string().contains("unlucky number"),
        "{error}"
    );

    let simulated = ForgeScript {
        broadcast: false,
        ..script(dir, &anvils[0], "four", "4").await
    };
    forge_script(&simulated).await.expect("simulate");
    assert_eq!(
        anvils[0].block_number().await.expect("number"),
        1,
        "a simulation sends nothing"
    );

    let late = ForgeScript {
        bound: Duration::from_millis(1),
        ..simulated
    };
    assert!(
        forge_script(&late)
            .await
            .expect_err("late")
            .to_string()
            .contains("not finished")
    );
}

#[tokio::test]
async fn a_missing_tool_says_what_to_run() {
    let empty = tempfile::tempdir().expect("directory");
    let state = StateDir::open(empty.path().join("state")).expect("state");
    let error = Anvil::start(&AnvilOptions::new(empty.path()), &state)
        .await
        .expect_err("missing");
    assert!(matches!(error, Error::MissingTool { tool: "anvil", .. }), "{error}");
    assert!(error.to_string().contains("make up"), "{error}");
    let script = ForgeScript::new(empty.path(), "x", "http://127.0.0.1:1", empty.path().join("log"));
    let error = forge_script(&script).await.expect_err("missing");
    assert!(matches!(error, Error::MissingTool { tool: "forge", .. }), "{error}");
}
