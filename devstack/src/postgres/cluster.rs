//! One data directory: made once, started many times, however it was left.

use super::PostgresOptions;
use super::install;
use super::user::{Launcher, recorded_home, remove};
use crate::process::{self, Guard, Identity, Spec};
use crate::{Error, Result, StateDir, secret, state};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(super) const SUPERUSER: &str = "postgres";
const INITDB_BOUND: Duration = Duration::from_mins(2);
/// Beyond what any kernel gives out, so that no process has it.
const NO_PID: &str = "99999999";

#[derive(Debug)]
pub(super) struct Cluster {
    launcher: Launcher,
    pub(super) data: PathBuf,
    pub(super) password: String,
}

impl Cluster {
    /// The cluster of this state directory, made if it is not there.
    pub(super) async fn prepare(options: &PostgresOptions, state: &StateDir) -> Result<Self> {
        let home = recorded_home(state)?.unwrap_or_else(|| state.path().join("postgres"));
        let written = written_by(&home.join("data"));
        let found = install::find(&options.root, state.path(), written)?;
        let install = match (found, written) {
            (Some(install), _) => install,
            (None, Some(major)) => return Err(Error::OtherPostgres { path: home, major }),
            (None, None) => return Err(Error::NoPostgres),
        };
        let launcher = Launcher::new(install, state, options.user_namespace)?;
        let data = launcher.home.join("data");
        let password_file = state.path().join("postgres/password");
        if data.exists() {
            launcher.check_owner(&data)?;
            let password = secret::read(&password_file)?.ok_or(Error::Secret { path: password_file })?;
            return Ok(Self {
                launcher,
                data,
                password,
            });
        }
        let password = secret::read_or_create(&password_file, secret::random)?;
        let cluster = Self {
            launcher,
            data,
            password,
        };
        cluster.create(options, &state.log("initdb")).await?;
        Ok(cluster)
    }

    pub(super) fn embedded(&self) -> bool {
        self.launcher.install.embedded
    }

    pub(super) fn major(&self) -> u32 {
        self.launcher.install.major
    }

    /// Made under another name first, so that an interrupted `initdb` leaves nothing that looks like a cluster.
    async fn create(&self, options: &PostgresOptions, log: &Path) -> Result<()> {
        let draft = self.launcher.home.join("data.new");
        let password_file = self.launcher.home.join("initdb.password");
        remove(&draft)?;
        remove(&password_file)?;
        state::private_dir(&draft)?;
        self.launcher.give(&draft)?;
        secret::write_private(&password_file, &self.password)?;
        self.launcher.give(&password_file)?;
        let mut command = self.launcher.command("initdb");
        command
            .arg("-D")
            .arg(&draft)
            .arg(format!("--pwfile={}", password_file.display()));
        command.arg(format!("--username={SUPERUSER}"));
        command.args(["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]);
        // Bytewise order everywhere; letters know their case where the server brings its own tables.
        command.arg("--locale=C");
        if self.major() >= 17 {
            command.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        }
        if !options.durable {
            command.arg("--no-sync");
        }
        let made = process::run("initdb", command, log, INITDB_BOUND).await;
        remove(&password_file)?;
        made?;
        fs::rename(&draft, &self.data).map_err(Error::at("move", &draft))
    }

    fn identity(&self) -> Identity {
        Identity {
            program: "postgres".to_owned(),
            marker: self.data.clone(),
        }
    }

    /// Ends a server of ours that still runs on this data. A number in `postmaster.pid` that is now a stranger's would
    /// keep Postgres from starting; it is replaced and the rest kept, by which Postgres finds its old shared memory.
    pub(super) async fn end_previous(&self) -> Result<Option<String>> {
        let path = self.data.join("postmaster.pid");
        let Some(text) = secret::read(&path)? else {
            return Ok(None);
        };
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let Ok(pid) = first.trim().parse() else { return Ok(None) };
        let ended = process::end_if("postgres", pid, &self.identity()).await?;
        if ended.is_none() {
            fs::write(&path, format!("{NO_PID}\n{rest}")).map_err(Error::at("write", &path))?;
        }
        Ok(ended)
    }

    pub(super) fn spawn(&self, options: &PostgresOptions, state: &StateDir, port: u16) -> Result<Guard> {
        let mut command = self.launcher.command("postgres");
        command.arg("-D").arg(&self.data);
        set(&mut command, "listen_addresses", "127.0.0.1");
        set(&mut command, "port", port);
        // The default directory for sockets is the system's and often not ours to write.
        set(&mut command, "unix_socket_directories", "");
        set(&mut command, "max_connections", options.max_connections);
        set(&mut command, "shared_buffers", "32MB");
        set(&mut command, "max_wal_size", "256MB");
        set(&mut command, "timezone", "UTC");
        set(&mut command, "log_timezone", "UTC");
        set(&mut command, "log_checkpoints", "off");
        if !options.durable {
            set(&mut command, "fsync", "off");
            set(&mut command, "synchronous_commit", "off");
            set(&mut command, "full_page_writes", "off");
        }
        Guard::spawn(Spec {
            name: "postgres",
            command,
            identity: self.identity(),
            log: state.log("postgres"),
            pid_file: state.pid_file("postgres"),
        })
    }
}

fn set(command: &mut Command, name: &str, value: impl std::fmt::Display) {
    command.arg("-c").arg(format!("{name}={value}"));
}

/// The version that wrote the data, if there is any.
fn written_by(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Ends the server and removes what lies outside the state directory.
pub(crate) async fn wipe(state: &StateDir) -> Result<Vec<String>> {
    let outside = recorded_home(state)?;
    let mut ended = Vec::new();
    for home in outside.clone().into_iter().chain([state.path().join("postgres")]) {
        let data = home.join("data");
        let pid = secret::read(&data.join("postmaster.pid")).ok().flatten();
        if let Some(pid) = pid.and_then(|text| text.lines().next()?.trim().parse().ok()) {
            let identity = Identity {
                program: "postgres".to_owned(),
                marker: data,
            };
            ended.extend(process::end_if("postgres", pid, &identity).await?);
        }
    }
    if let Some(home) = outside {
        remove(&home)?;
    }
    Ok(ended)
}
