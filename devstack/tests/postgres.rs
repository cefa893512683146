//! A cluster outlives whatever ends it.

mod common;

use common::{Stranger, kill, options, root};
use devstack::{Error, Postgres, PostgresOptions, StateDir, Urls, bootstrap_roles};
use sqlx::{Connection as _, PgConnection};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("connect")
}

async fn start(state: &StateDir) -> (Postgres, Urls) {
    let postgres = Postgres::start(&options(), state).await.expect("start");
    let urls = postgres.create_database("stack").await.expect("database");
    (postgres, urls)
}

async fn write(urls: &Urls) {
    let mut owner = connect(&urls.owner).await;
    sqlx::raw_sql("create table kept (n int); insert into kept select generate_series(1, 1000)")
        .execute(&mut owner)
        .await
        .expect("write");
}

async fn rows(urls: &Urls) -> i64 {
    let mut owner = connect(&urls.owner).await;
    sqlx::query_scalar("select count(*) from kept")
        .fetch_one(&mut owner)
        .await
        .expect("read")
}

#[tokio::test(flavor = "multi_thread")]
async fn data_outlives_a_stop_and_a_start() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    // Tests run in the crate's folder; a root may be relative.
    let relative = PostgresOptions {
        root: "..".into(),
        ..options()
    };
    let postgres = Postgres::start(&relative, &state).await.expect("start");
    assert!(
        postgres.description().starts_with("embedded"),
        "{}",
        postgres.description()
    );
    let first = postgres.create_database("stack").await.expect("database");
    write(&first).await;
    postgres.stop().await.expect("stop");

    let (postgres, second) = start(&state).await;
    assert_eq!(rows(&second).await, 1000, "rows after a restart");
    assert_eq!(
        postgres.notices(),
        &[] as &[String],
        "an orderly stop leaves nothing to mend"
    );
    let password = |urls: &Urls| urls.api.split('@').next().map(str::to_owned);
    assert_eq!(password(&first), password(&second), "passwords are kept");
    for secret in [
        state.roles(),
        state.path().join("postgres/password"),
        state.log("postgres"),
    ] {
        let mode = fs::metadata(&secret).expect("secret").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner alone", secret.display());
    }
    postgres.stop().await.expect("stop");
    let log = fs::read_to_string(state.log("postgres")).expect("log");
    assert!(log.contains("database system is ready"), "{log}");
    for url in [&first.owner, &first.indexer, &first.api] {
        let password = url.split([':', '@']).nth(2).expect("password");
        assert!(
            password.len() >= 32 && !log.contains(password),
            "the log holds no password"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_outlives_a_killed_server() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let durable = PostgresOptions::new(root());
    let postgres = Postgres::start(&durable, &state).await.expect("start");
    let urls = postgres.create_database("stack").await.expect("database");
    write(&urls).await;
    // A backend that is busy holds on to the shared memory for a while after the server is gone.
    let mut busy = connect(&urls.owner).await;
    let sleeping = tokio::spawn(async move { sqlx::raw_sql("select pg_sleep(60)").execute(&mut busy).await });
    kill(postgres.pid().expect("a server of our own"));
    postgres.exited().await;

    let second = Postgres::start(&durable, &state).await.expect("start again");
    let urls = second.create_database("stack").await.expect("database");
    assert_eq!(rows(&urls).await, 1000, "rows after recovery");
    sleeping.abort();
    drop(postgres);
    second.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_is_ended_and_said_so() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let (orphan, urls) = start(&state).await;
    write(&urls).await;
    let pid = orphan.pid().expect("a server of our own");

    let (postgres, urls) = start(&state).await;
    assert_eq!(postgres.notices().len(), 1, "{:?}", postgres.notices());
    assert!(
        postgres.notices()[0].contains(&pid.to_string()),
        "{:?}",
        postgres.notices()
    );
    orphan.exited().await;
    assert_eq!(rows(&urls).await, 1000, "the orphan's rows");
    postgres.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_without_a_pid_file_is_found_by_its_own() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let (orphan, _) = start(&state).await;
    fs::remove_file(state.path().join("run/postgres.pid")).expect("remove");

    let (postgres, _) = start(&state).await;
    assert_eq!(postgres.notices().len(), 1, "{:?}", postgres.notices());
    orphan.exited().await;
    postgres.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_our_pid_is_left_alone() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let postgres = Postgres::start(&PostgresOptions::new(root()), &state)
        .await
        .expect("start");
    let urls = postgres.create_database("stack").await.expect("database");
    write(&urls).await;
    kill(postgres.pid().expect("a server of our own"));
    postgres.exited().await;
    std::mem::forget(postgres); // as if we had been killed too: the pid file stays

    let mut stranger = Stranger::new();
    for name in ["run/postgres.pid", "postgres/data/postmaster.pid"] {
        common::replace_pid(&state.path().join(name), stranger.pid());
    }
    let (postgres, urls) = start(&state).await;
    assert_eq!(rows(&urls).await, 1000, "rows");
    assert_eq!(postgres.notices(), &[] as &[String], "nobody was ended");
    assert!(stranger.lives(), "the stranger is left alone");
    postgres.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_roles_are_made_by_many_at_once() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let postgres = Postgres::start(&options(), &state).await.expect("start");
    let made = (0..8).map(|n| {
        let (url, secrets) = (postgres.admin_url().to_owned(), state.roles());
        tokio::spawn(async move { bootstrap_roles(&url, &format!("Stack \"{}\"", n % 4), &secrets).await })
    });
    for urls in made.collect::<Vec<_>>() {
        let urls = urls.await.expect("task").expect("bootstrap");
        for (url, role) in [
            (&urls.owner, "btsc_owner"),
            (&urls.indexer, "btsc_indexer"),
            (&urls.api, "btsc_api"),
        ] {
            let mut connection = connect(url).await;
            let (user, owner): (String, String) = sqlx::query_as(
                "select current_user::text, pg_get_userbyid(datdba)::text from pg_database where datname = current_database()",
            )
            .fetch_one(&mut connection)
            .await
            .expect("who");
            assert_eq!((user.as_str(), owner.as_str()), (role, "btsc_owner"));
        }
    }
    postgres.drop_database("Stack \"0\"").await.expect("drop");
    postgres.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_server_is_used_and_a_weak_role_refused() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let (postgres, urls) = start(&state).await;
    let mut admin = connect(postgres.admin_url()).await;
    sqlx::raw_sql("create role half login createrole createdb password 'half'")
        .execute(&mut admin)
        .await
        .expect("role");
    for role in ["btsc_owner", "btsc_indexer", "btsc_api"] {
        // Since 16 a role may only be changed by whom it was given to.
        let grant = format!("grant {role} to half with admin option");
        sqlx::raw_sql(sqlx::AssertSqlSafe(grant))
            .execute(&mut admin)
            .await
            .expect("grant");
    }
    let address = postgres.admin_url().split('@').nth(1).expect("address").to_owned();
    let other = tempfile::tempdir().expect("directory");
    let other = StateDir::open(other.path()).expect("state");
    let named = |url: &str| PostgresOptions {
        database_url: Some(url.to_owned()),
        ..options()
    };

    let half = Postgres::start(&named(&format!("postgres://half:half@{address}")), &other)
        .await
        .expect("reach");
    assert_eq!(half.pid(), None, "nothing is started");
    let mine = half
        .create_database("half")
        .await
        .expect("createrole and createdb are enough");
    connect(&mine.indexer).await.close().await.expect("close");
    half.stop().await.expect("stop");

    postgres
        .create_database("stack")
        .await
        .expect("take the passwords back");
    let weak = Postgres::start(&named(&urls.api), &other).await.expect("reach");
    let error = weak.create_database("x").await.expect_err("refused");
    assert!(matches!(error, Error::Privileges { .. }), "{error}");
    assert!(
        error.to_string().contains("btsc_api") && error.to_string().contains("createrole"),
        "{error}"
    );

    let error = Postgres::start(&named("postgres://nobody:x@127.0.0.1:1/x"), &other)
        .await
        .expect_err("unreachable");
    assert!(
        error
            .to_string()
            .starts_with("the database that DATABASE_URL names cannot be reached"),
        "{error}"
    );
    postgres.stop().await.expect("stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_taken_directory_are_one_sentence_each() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listen");
    let port = listener.local_addr().expect("address").port();
    let error = Postgres::start(
        &PostgresOptions {
            port: Some(port),
            ..options()
        },
        &state,
    )
    .await
    .expect_err("taken");
    assert!(matches!(error, Error::PortInUse { .. }), "{error}");
    let error = StateDir::open(dir.path()).expect_err("taken");
    assert!(
        error.to_string().contains(&format!("process {}", std::process::id())),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wiping_drops_everything_but_the_lock() {
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path()).expect("state");
    let (orphan, urls) = start(&state).await;
    write(&urls).await;
    let ended = state.wipe().await.expect("wipe");
    assert_eq!(ended.len(), 1, "{ended:?}");
    orphan.exited().await;
    assert!(
        !state.path().join("postgres").exists() && !state.roles().exists(),
        "data is gone"
    );
    assert!(
        matches!(StateDir::open(dir.path()), Err(Error::StateInUse { .. })),
        "the lock is not"
    );

    let (postgres, urls) = start(&state).await;
    write(&urls).await;
    postgres.stop().await.expect("stop");
}

/// As an ordinary user this is one more restart; as root it is the drop to user nobody, with the binaries in place and,
/// where nobody may enter the checkout, copied.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_user_namespace_data_is_kept_just_as_well() {
    let dir = tempfile::tempdir().expect("directory");
    let closed = dir.path().join("checkout");
    fs::create_dir(&closed).expect("checkout");
    std::os::unix::fs::symlink(root().join("node_modules"), closed.join("node_modules")).expect("link");
    for (name, root) in [("open", root()), ("closed", closed)] {
        let state = StateDir::open(dir.path().join(name)).expect("state");
        let options = PostgresOptions {
            user_namespace: false,
            root,
            ..options()
        };
        let postgres = Postgres::start(&options, &state).await.expect("start");
        write(&postgres.create_database("stack").await.expect("database")).await;
        postgres.stop().await.expect("stop");
        // What was begun in one way goes on in it.
        let postgres = Postgres::start(
            &PostgresOptions {
                user_namespace: true,
                ..options
            },
            &state,
        )
        .await
        .expect("start");
        let urls = postgres.create_database("stack").await.expect("database");
        assert_eq!(rows(&urls).await, 1000, "rows after a restart ({name})");
        let outside = fs::read_to_string(state.path().join("postgres.home")).ok();
        assert_eq!(outside.is_some(), is_root(), "{outside:?}");
        let ended = state.wipe().await.expect("wipe");
        assert_eq!(ended.len(), 1, "{ended:?}");
        assert!(
            outside.is_none_or(|home| !std::path::Path::new(&home).exists()),
            "nothing stays outside"
        );
    }
}

fn is_root() -> bool {
    let output = std::process::Command::new("id").arg("-u").output().expect("id");
    output.stdout == b"0\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_pinned_one_the_system_is_asked() {
    let empty = tempfile::tempdir().expect("directory");
    let bare = PostgresOptions {
        root: empty.path().to_owned(),
        ..options()
    };
    let dir = tempfile::tempdir().expect("directory");
    let state = StateDir::open(dir.path().join("bare")).expect("state");
    match Postgres::start(&bare, &state).await {
        Ok(postgres) => {
            assert!(
                postgres.description().starts_with("system PostgreSQL"),
                "{}",
                postgres.description()
            );
            let urls = postgres.create_database("stack").await.expect("database");
            write(&urls).await;
            assert_eq!(rows(&urls).await, 1000);
            postgres.stop().await.expect("stop");
        }
        Err(error) => assert!(error.to_string().contains("DATABASE_URL"), "{error}"),
    }
    // Data of one version is not opened by another.
    let state = StateDir::open(dir.path().join("other")).expect("state");
    Postgres::start(&options(), &state)
        .await
        .expect("start")
        .stop()
        .await
        .expect("stop");
    let data = fs::read_to_string(state.path().join("postgres.home"))
        .map_or_else(|_| state.path().join("postgres"), Into::into);
    fs::write(data.join("data/PG_VERSION"), "14\n").expect("version");
    let error = Postgres::start(&options(), &state).await.expect_err("another version");
    assert!(matches!(error, Error::OtherPostgres { major: 14, .. }), "{error}");
    state.wipe().await.expect("wipe");
}
