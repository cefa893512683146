//! All SQL of the product.
//!
//! Schema `chain` mirrors the contracts and is written through [`Writer`] by the indexer's role alone; [`Mirror`] reads
//! it for everybody else, one consistent snapshot per answer. What a mirrored state means at a time is decided in
//! [`standing`]. Migrations in `migrations/` say what each column means and who may touch it.

mod mirror;
pub mod rows;
pub mod standing;
mod writer;

pub use mirror::{AsOf, Finality, Member, Mirror, Page, Payment, PaymentCursor, Pool, Snapshot};
pub use writer::{BlockRef, Cursor, Deployment, Span, WriteError, Writer};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::time::Duration;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Why the database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL does not parse.
    #[error("the database URL is malformed: expected postgres://user:password@host:port/database")]
    Url,
    /// Nothing answered, or it refused us.
    #[error("the database can't be reached or refused the connection: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// A query failed.
    #[error("a database query failed: {0}")]
    Query(#[from] sqlx::Error),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema is not the one that this program was built for.
    #[error("the database has not been migrated to this version: run `btsc migrate` with the owner's URL")]
    NotMigrated,
    /// The mirror is empty: no block has been indexed yet.
    #[error("nothing has been indexed yet: start `btsc index` and wait for its first block")]
    Empty,
    /// A row says what the schema rules out.
    #[error("the mirror holds an impossible value in {0}")]
    Corrupt(&'static str),
}

/// Parses a database URL. Its password never reaches an error or a log.
pub fn options(url: &str) -> Result<PgConnectOptions, Error> {
    url.parse().map_err(|_| Error::Url)
}

/// Opens a pool of at most `connections_max` connections.
///
/// Connections are not pinged before use, which would cost a round trip a query: one that died is replaced by the next
/// acquire, and the query that met it fails as [`Error::Query`].
pub async fn connect(url: &str, connections_max: u32) -> Result<PgPool, Error> {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        // A request that gives up does not stop its query.
        .connect_with(options(url)?.options([("statement_timeout", "10s")]))
        .await
        .map_err(Error::Unreachable)
}

/// Applies every migration that is missing. Needs the owner's URL.
pub async fn migrate(url: &str) -> Result<(), Error> {
    let mut connection = PgConnection::connect_with(&options(url)?)
        .await
        .map_err(Error::Unreachable)?;
    MIGRATOR.run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Whether the newest migration of this program has been applied.
pub(crate) async fn require_migrated(connection: impl sqlx::PgExecutor<'_>) -> Result<(), Error> {
    let newest = MIGRATOR.iter().map(|m| m.version).max().unwrap_or(0);
    // `_sqlx_migrations` does not exist on a fresh database, so this can't be a query checked at compile time.
    let applied: Result<bool, sqlx::Error> =
        sqlx::query_scalar("select exists (select from _sqlx_migrations where version = $1 and success)")
            .bind(newest)
            .fetch_one(connection)
            .await;
    match applied {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NotMigrated),
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42P01") => Err(Error::NotMigrated),
        Err(e) => Err(Error::Unreachable(e)),
    }
}
