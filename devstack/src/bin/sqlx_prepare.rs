//! Regenerates `store/.sqlx`, the checked description of every query, without a database at hand or a tool to install.
//!
//! Run from the repository's root. It starts the embedded Postgres for the moment, applies `store/migrations` as the
//! owner and compiles `store` against it. With `--check` it only compares, and exits 1 naming what differs.

use devstack::{Postgres, PostgresOptions, StateDir};
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Outcome<T> = Result<T, Box<dyn Error>>;
/// File name -> content.
type Files = BTreeMap<OsString, Vec<u8>>;

/// Apart from the main one: there the macros would run only if `store` had changed, and their output be mixed up with
/// that of the offline build.
const TARGET: &str = "target/sqlx";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: sqlx_prepare [--check]");
            return ExitCode::from(2);
        }
    };
    match run(check).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sqlx_prepare: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(check: bool) -> Outcome<bool> {
    let root = std::env::current_dir()?;
    let committed = root.join("store/.sqlx");
    if !root.join("store/migrations").is_dir() {
        return Err("there is no store/migrations here: run it from the repository's root".into());
    }
    let fresh = describe(&root).await?;
    let differences = compare(&read(&committed)?, &fresh);
    if check {
        for difference in &differences {
            eprintln!("store/.sqlx/{difference}");
        }
        if !differences.is_empty() {
            eprintln!("store/.sqlx is not in step with the queries: run `make generate` and commit it");
        }
        return Ok(differences.is_empty());
    }
    replace(&committed, &fresh)?;
    println!(
        "store/.sqlx: {} queries, {} files changed",
        fresh.len(),
        differences.len()
    );
    Ok(true)
}

/// What the macros say about every query in `store` against a database of today's migrations.
async fn describe(root: &Path) -> Outcome<Files> {
    let dir = tempfile::tempdir()?;
    let state = StateDir::open(dir.path().join("state"))?;
    let options = PostgresOptions {
        durable: false,
        ..PostgresOptions::new(root)
    };
    let postgres = Postgres::start(&options, &state).await?;
    let described = describe_with(root, &postgres, dir.path().join("queries")).await;
    postgres.stop().await?;
    described
}

async fn describe_with(root: &Path, postgres: &Postgres, queries: PathBuf) -> Outcome<Files> {
    let urls = postgres.create_database("prepare").await?;
    let mut owner = PgConnection::connect(&urls.owner).await?;
    Migrator::new(root.join("store/migrations"))
        .await?
        .run(&mut owner)
        .await?;
    owner.close().await?;
    fs::create_dir(&queries)?;
    // The macros write when they run, and they run when the crate is compiled.
    cargo(root, &["clean", "--quiet", "--package", "store"], &[])?;
    let environment = [
        ("DATABASE_URL", urls.owner.as_ref()),
        ("SQLX_OFFLINE", "false".as_ref()),
        ("SQLX_OFFLINE_DIR", queries.as_os_str()),
    ];
    cargo(
        root,
        &["check", "--quiet", "--package", "store", "--all-targets"],
        &environment,
    )?;
    read(&queries)
}

fn cargo(root: &Path, arguments: &[&str], environment: &[(&str, &std::ffi::OsStr)]) -> Outcome<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments).args(["--target-dir", TARGET]);
    command.envs(environment.iter().copied());
    if command.status()?.success() {
        Ok(())
    } else {
        Err(format!("`cargo {}` failed", arguments.join(" ")).into())
    }
}

fn read(dir: &Path) -> Outcome<Files> {
    let mut files = Files::new();
    if !dir.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        files.insert(entry.file_name(), fs::read(entry.path())?);
    }
    Ok(files)
}

fn compare(committed: &Files, fresh: &Files) -> Vec<String> {
    let names: BTreeSet<&OsString> = committed.keys().chain(fresh.keys()).collect();
    let said = |name: &OsString| match (committed.get(name), fresh.get(name)) {
        (Some(_), None) => Some("no query has it"),
        (None, Some(_)) => Some("missing"),
        (old, new) if old != new => Some("differs"),
        _ => None,
    };
    names
        .into_iter()
        .filter_map(|name| Some(format!("{}: {}", name.to_string_lossy(), said(name)?)))
        .collect()
}

/// File by file, so that what did not change keeps its time.
fn replace(committed: &Path, fresh: &Files) -> Outcome<()> {
    fs::create_dir_all(committed)?;
    let old = read(committed)?;
    for (name, content) in fresh.iter().filter(|(name, content)| old.get(*name) != Some(*content)) {
        fs::write(committed.join(name), content)?;
    }
    for name in old.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(committed.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(name, content)| (OsString::from(name), content.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let committed = files(&[("same", "1"), ("old", "1"), ("changed", "1")]);
        let fresh = files(&[("same", "1"), ("new", "1"), ("changed", "2")]);
        assert_eq!(
            compare(&committed, &fresh),
            ["changed: differs", "new: missing", "old: no query has it"]
        );
        assert_eq!(compare(&fresh, &fresh), [] as [&str; 0]);
    }

    #[test]
    fn replacing_leaves_exactly_what_is_fresh() {
        let dir = tempfile::tempdir().expect("directory");
        let committed = dir.path().join(".sqlx");
        for content in [files(&[("a", "1"), ("b", "1")]), files(&[("b", "2"), ("c", "1")])] {
            replace(&committed, &content).expect("replace");
            assert_eq!(read(&committed).expect("read"), content);
        }
    }
}
