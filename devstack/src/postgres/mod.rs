//! A Postgres for the stack: the one that is named, else our own on the loopback address.

mod cluster;
mod install;
mod roles;
mod user;

pub(crate) use cluster::wipe;
pub use roles::{Urls, bootstrap_roles};

use crate::process::{Guard, end_orphan};
use crate::{Error, Result, StateDir};
use cluster::{Cluster, SUPERUSER};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

const OLDEST_VERSION_NUM: i32 = 150_000;
/// Recovery after a crash reads the log back, which may take a while on a slow disk.
const START_BOUND: Duration = Duration::from_mins(1);
const STOP_BOUND: Duration = Duration::from_secs(20);
pub(crate) const CONNECT_BOUND: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// How to start Postgres.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The repository, under which `node_modules` is.
    pub root: PathBuf,
    /// The value of `DATABASE_URL`: then nothing is started.
    pub database_url: Option<String>,
    /// The port; a free one if none.
    pub port: Option<u16>,
    /// Connections at once, three of them the superuser's.
    pub max_connections: u16,
    /// Whether what was committed survives a crash of the machine. Without it tests are faster; a crash of Postgres
    /// alone loses nothing either way but what `synchronous_commit=off` had not written yet.
    pub durable: bool,
    /// As root, whether a user namespace is tried before the drop to user nobody.
    pub user_namespace: bool,
}

impl PostgresOptions {
    /// For development: durable, on a free port.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            database_url: None,
            port: None,
            max_connections: 100,
            durable: true,
            user_namespace: true,
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("root", &self.root)
            .field("database_url", &self.database_url.as_ref().map(|_| "<redacted>"))
            .field("port", &self.port)
            .field("max_connections", &self.max_connections)
            .field("durable", &self.durable)
            .field("user_namespace", &self.user_namespace)
            .finish()
    }
}

/// A running Postgres. Dropping it stops the server, if it was started here.
pub struct Postgres {
    admin_url: String,
    description: String,
    secrets: PathBuf,
    notices: Vec<String>,
    guard: Option<Guard>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

impl Postgres {
    /// Starts the server, or reaches the one that `DATABASE_URL` names, and returns once it answers.
    pub async fn start(options: &PostgresOptions, state: &StateDir) -> Result<Self> {
        if let Some(url) = &options.database_url {
            return Self::external(url, state).await;
        }
        let mut notices = Vec::new();
        notices.extend(end_orphan("postgres", &state.pid_file("postgres")).await?);
        let cluster = Cluster::prepare(options, state).await?;
        notices.extend(cluster.end_previous().await?);
        let (guard, port) = spawn_ready(&cluster, options, state).await?;
        let origin = if cluster.embedded() { "embedded" } else { "system" };
        Ok(Self {
            admin_url: admin_options(&cluster, port).to_url_lossy().into(),
            description: format!("{origin} PostgreSQL {} on 127.0.0.1:{port}", cluster.major()),
            secrets: state.roles(),
            notices,
            guard: Some(guard),
        })
    }

    async fn external(url: &str, state: &StateDir) -> Result<Self> {
        let options = roles::parse(url)?;
        let mut connection = roles::connect(&options).await?;
        let (number, version): (i32, String) =
            sqlx::query_as("select current_setting('server_version_num')::int, current_setting('server_version')")
                .fetch_one(&mut connection)
                .await
                .map_err(|source| Error::Unreachable { source })?;
        if number < OLDEST_VERSION_NUM {
            return Err(Error::OldPostgres { version });
        }
        let place = format!("{}:{}", options.get_host(), options.get_port());
        Ok(Self {
            admin_url: url.to_owned(),
            description: format!("PostgreSQL {version} at {place} (DATABASE_URL)"),
            secrets: state.roles(),
            notices: Vec::new(),
            guard: None,
        })
    }

    /// URL of the role that may create roles and databases. It holds a password: never print it.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// What runs where, without secrets, for a line of progress.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What was found and mended while starting, such as a server left behind.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The server's process id, if it was started here.
    pub fn pid(&self) -> Option<i32> {
        self.guard.as_ref().map(|guard| guard.pid().as_raw_nonzero().get())
    }

    /// Makes the three roles and the database, which belongs to the owner, unless they are there. Any number of
    /// databases may be made at once.
    pub async fn create_database(&self, database: &str) -> Result<Urls> {
        bootstrap_roles(&self.admin_url, database, &self.secrets).await
    }

    /// Databases that belong to the owner's role, on whose passwords others may rely.
    pub async fn owned_databases(&self) -> Result<Vec<String>> {
        roles::owned_databases(&self.admin_url).await
    }

    /// Drops a database and cuts the connections to it.
    pub async fn drop_database(&self, database: &str) -> Result<()> {
        roles::drop_database(&self.admin_url, database).await
    }

    /// Waits until the server ends, for ever if it was not started here.
    pub async fn exited(&self) -> ExitStatus {
        match &self.guard {
            Some(guard) => guard.exited().await,
            None => std::future::pending().await,
        }
    }

    /// Stops the server, if it was started here: connections are cut, data is written.
    pub async fn stop(self) -> Result<()> {
        match &self.guard {
            Some(guard) => guard.stop(STOP_BOUND).await,
            None => Ok(()),
        }
    }
}

fn admin_options(cluster: &Cluster, port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(SUPERUSER)
        .password(&cluster.password)
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
}

/// Starts the server until it answers. Another process may take a free port before Postgres does, and backends of a
/// killed server need a moment to notice and let go of the shared memory; both are tried again.
async fn spawn_ready(cluster: &Cluster, options: &PostgresOptions, state: &StateDir) -> Result<(Guard, u16)> {
    let started = Instant::now();
    loop {
        let port = options.port.map_or_else(free_port, Ok)?;
        let guard = cluster.spawn(options, state, port)?;
        match wait_ready(&guard, cluster, port).await {
            Ok(()) => return Ok((guard, port)),
            Err(Error::Exited { ref tail, .. }) if tail.contains("could not bind") && options.port.is_some() => {
                return Err(Error::PortInUse { name: "Postgres", port });
            }
            Err(Error::Exited { ref tail, .. }) if is_passing(tail) && started.elapsed() < START_BOUND => {
                tokio::time::sleep(POLL).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_passing(tail: &str) -> bool {
    ["could not bind", "pre-existing shared memory block"]
        .iter()
        .any(|text| tail.contains(text))
}

async fn wait_ready(guard: &Guard, cluster: &Cluster, port: u16) -> Result<()> {
    let options = admin_options(cluster, port).disable_statement_logging();
    let started = Instant::now();
    while started.elapsed() < START_BOUND {
        guard.check()?;
        match tokio::time::timeout(CONNECT_BOUND, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => {
                connection.close().await.map_err(Error::database("reach Postgres"))?;
                return guard.check();
            }
            // Either ours with another password than the one that we keep, or another server that was faster to the
            // port: then ours ends at once.
            Ok(Err(sqlx::Error::Database(error))) if error.code().is_some_and(|code| code.starts_with("28")) => {
                let _ = tokio::time::timeout(CONNECT_BOUND, guard.exited()).await;
                guard.check()?;
                return Err(Error::Database {
                    doing: "reach Postgres".to_owned(),
                    source: sqlx::Error::Database(error),
                });
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
    Err(guard.not_ready(started.elapsed()))
}

/// A port that nobody listens on at this moment.
fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::io("find a free port"))
}
