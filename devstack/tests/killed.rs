//! The whole stack outlives a SIGKILL of the process that holds it.

mod common;

use common::{eventually, kill, options, root, saved_block};
use devstack::{Anvil, AnvilOptions, Error, Postgres, PostgresOptions, StateDir};
use sqlx::{Connection as _, PgConnection};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::sleep;

const HELD: &str = "DEVSTACK_TEST_HELD";

/// Not a test by itself: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below"]
async fn holder() {
    let Some(dir) = std::env::var_os(HELD).map(PathBuf::from) else {
        return;
    };
    let state = StateDir::open(dir.join("state")).expect("state");
    let postgres = Postgres::start(&PostgresOptions::new(root()), &state)
        .await
        .expect("Postgres");
    let anvil = Anvil::start(
        &AnvilOptions {
            block_time: Some(1),
            ..AnvilOptions::new(root())
        },
        &state,
    )
    .await
    .expect("anvil");
    let urls = postgres.create_database("stack").await.expect("database");
    let mut owner = PgConnection::connect(&urls.owner).await.expect("connect");
    sqlx::raw_sql("create table kept (n int)")
        .execute(&mut owner)
        .await
        .expect("table");
    note(
        &dir,
        "pids",
        &format!("{} {}", postgres.pid().expect("pid"), anvil.pid()),
    );
    for n in 0_i64.. {
        sqlx::query("insert into kept values ($1)")
            .bind(n)
            .execute(&mut owner)
            .await
            .expect("row");
        note(&dir, "rows", &(n + 1));
        sleep(Duration::from_millis(10)).await;
    }
}

/// Whole or not at all: the writer is killed at any moment.
fn note(dir: &Path, name: &str, value: &impl ToString) {
    let draft = dir.join("draft");
    fs::write(&draft, value.to_string()).expect("note");
    fs::rename(draft, dir.join(name)).expect("note");
}

fn hold(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "holder", "--ignored"]).env(HELD, dir);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("holder")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_children_of_a_killed_process_end_and_their_data_is_kept() {
    let dir = tempfile::tempdir().expect("directory");
    let mut holder = hold(dir.path());
    while !dir.path().join("pids").exists() {
        assert!(holder.try_wait().expect("holder").is_none(), "the holder ended");
        sleep(Duration::from_millis(50)).await;
    }
    let state = dir.path().join("state");
    eventually("three saved blocks", async || saved_block(&state) >= 3).await;
    let error = StateDir::open(&state).expect_err("held");
    assert!(
        matches!(&error, Error::StateInUse { pid, .. } if *pid == holder.id().to_string()),
        "{error}"
    );
    kill(i32::try_from(holder.id()).expect("pid"));
    holder.wait().expect("wait");

    let pids = fs::read_to_string(dir.path().join("pids")).expect("pids");
    for pid in pids.split(' ') {
        // A zombie, which some containers never bury, has no command line.
        let ended = async || !fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty());
        eventually("the end of a child", ended).await;
    }
    let rows: i64 = fs::read_to_string(dir.path().join("rows"))
        .expect("rows")
        .parse()
        .expect("a number");
    let state = StateDir::open(&state).expect("the lock went with its holder");
    let postgres = Postgres::start(&options(), &state).await.expect("Postgres");
    let anvil = Anvil::start(&AnvilOptions::new(root()), &state).await.expect("anvil");
    let urls = postgres.create_database("stack").await.expect("database");
    let mut owner = PgConnection::connect(&urls.owner).await.expect("connect");
    let kept: i64 = sqlx::query_scalar("select count(*) from kept")
        .fetch_one(&mut owner)
        .await
        .expect("rows");
    // The last row may have been committed and not yet been noted.
    assert!(kept == rows || kept == rows + 1, "{kept} rows of {rows}");
    let blocks = anvil.block_number().await.expect("number");
    assert!(blocks >= 3, "{blocks} blocks, and three were saved");
    postgres.stop().await.expect("stop");
}
