//! `btsc dev` and `btsc demo` as a newcomer runs them, and what is left when they are killed.

use e2e::{StackProcess, World};

#[tokio::test]
async fn a_stack_shows_the_main_job_and_survives_being_killed() {
    // The deployment file is shared by all deployments to the local chain: this one waits until the other is done.
    let _world = World::start_without_services().await;
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("stack");

    let stack = StackProcess::start(&state).await;
    let shown = stack.demo().await;
    assert!(shown.contains("\"tier\":\"pro\""), "the tier changes:\n{shown}");
    assert!(shown.contains("\"level\":1"), "and the level:\n{shown}");
    let member = shown
        .split_whitespace()
        .find(|word| word.starts_with("0x"))
        .unwrap()
        .trim_end_matches('.');
    let refused = StackProcess::refused(&state).await;
    assert!(
        refused.contains("is in use by process"),
        "a second stack over the same state: {refused}"
    );
    // A block with a payment is saved within a second.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    stack.kill().await;

    let stack = StackProcess::start(&state).await;
    let answer = stack.get(&format!("/v1/members/{member}")).await;
    assert_eq!(answer["tier"], "pro", "chain and mirror are as they were");
    assert_eq!(answer["level"], 1);
    stack.terminate().await;
    assert!(
        !state.join("stack.json").exists(),
        "nobody takes a stopped stack for running"
    );
    let left: Vec<_> = std::fs::read_dir(state.join("run")).unwrap().collect();
    assert!(left.is_empty(), "no child is left: {left:?}");
}

#[tokio::test]
async fn a_directory_that_holds_something_else_is_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    let refused = StackProcess::refused(directory.path()).await;
    assert!(refused.contains("thesis.txt"), "it says what it found: {refused}");
    assert!(directory.path().join("thesis.txt").exists(), "and touches nothing");
}

#[tokio::test]
async fn a_demo_without_a_stack_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let refused = StackProcess::demo_without_stack(directory.path()).await;
    assert!(refused.contains("make up"), "{refused}");
}
