//! Several nodes behind one URL disagree. The mirror waits, or follows the chain; it never halts for a node that lags, and
//! never takes an orphan for final.

use e2e::{Script, ScriptedNode, World};

const HEALTHY: Script = Script {
    latest: (10, "a"),
    finalized: (8, "a"),
    at: |_| Some("a"),
    parent: |_| None,
};

#[tokio::test]
async fn a_node_that_lags_behind_a_reorg_is_waited_for() {
    let world = World::start_without_services().await;
    let node = ScriptedNode::start(HEALTHY).await;
    let follower = world.follow(&node).await;
    follower.wait_for(10, "a").await;

    // The newest block is on another branch from 10 on, but whoever is asked for blocks by number has none of them.
    node.say(Script {
        latest: (11, "b"),
        at: |number| (number == 11).then_some("b"),
        ..HEALTHY
    });
    follower.stays_at(10, "a").await;

    // Then it has: the reorg is followed.
    let branch = |number| Some(if number >= 10 { "b" } else { "a" });
    node.say(Script {
        latest: (11, "b"),
        at: branch,
        parent: |number| (number == 10).then_some("a"),
        ..HEALTHY
    });
    follower.wait_for(11, "b").await;
    follower.end().await;
}

#[tokio::test]
async fn an_orphan_at_a_final_height_is_replaced_not_called_final() {
    let world = World::start_without_services().await;
    let node = ScriptedNode::start(Script {
        latest: (5, "a"),
        finalized: (3, "a"),
        ..HEALTHY
    })
    .await;
    let follower = world.follow(&node).await;
    follower.wait_for(5, "a").await;

    // One node calls block 6 final; another hands out an orphan for it, and knows nothing above.
    node.say(Script {
        latest: (8, "a"),
        finalized: (6, "a"),
        at: |number| (number <= 6).then_some(if number == 6 { "orphan" } else { "a" }),
        parent: |number| (number == 6).then_some("a"),
    });
    follower.wait_for(6, "orphan").await;
    node.say(Script {
        latest: (8, "a"),
        finalized: (6, "a"),
        ..HEALTHY
    });
    follower.wait_for(8, "a").await;
    follower.end().await;
}

#[tokio::test]
async fn a_fork_below_what_was_final_halts_and_removes_nothing() {
    let world = World::start_without_services().await;
    let node = ScriptedNode::start(HEALTHY).await;
    let follower = world.follow(&node).await;
    follower.wait_for(10, "a").await;
    node.say(Script {
        latest: (12, "b"),
        finalized: (11, "b"),
        at: |_| Some("b"),
        parent: |_| None,
    });
    let why = follower.halts().await;
    assert!(why.contains("nothing was removed"), "{why}");
    follower.stays_at(10, "a").await;
}
