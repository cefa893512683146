//! The roles by which Postgres keeps the parts of the system apart. What each may do is granted by the migrations.

use crate::{Error, Result, secret};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use std::fmt;
use std::path::Path;

const OWNER: &str = "btsc_owner";
const INDEXER: &str = "btsc_indexer";
const API: &str = "btsc_api";
/// Any number will do that nobody else takes for something else.
const LOCK: i64 = 0x6274_7363_726f_6c65;

/// One URL per role, to one database. They hold passwords: never print one.
#[derive(Clone, PartialEq, Eq)]
pub struct Urls {
    /// Owns the database and runs the migrations.
    pub owner: String,
    /// Writes what the chain says.
    pub indexer: String,
    /// Reads what the chain says, writes the rest.
    pub api: String,
}

impl fmt::Debug for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Urls { owner, indexer, api: <redacted> }")
    }
}

#[derive(Serialize, Deserialize)]
struct Passwords {
    owner: String,
    indexer: String,
    api: String,
}

impl Passwords {
    fn load(file: &Path) -> Result<Self> {
        let text = secret::read_or_create(file, || {
            let fresh = Self {
                owner: secret::random()?,
                indexer: secret::random()?,
                api: secret::random()?,
            };
            serde_json::to_string(&fresh).map_err(|error| Error::at("write", file)(error.into()))
        })?;
        // The parser's message could quote the text.
        serde_json::from_str(&text).map_err(|_| Error::Secret { path: file.to_owned() })
    }

    fn by_role(&self) -> [(&'static str, &str); 3] {
        [(OWNER, &self.owner), (INDEXER, &self.indexer), (API, &self.api)]
    }
}

/// Makes the login roles `btsc_owner`, `btsc_indexer` and `btsc_api` and the database, which belongs to the owner,
/// unless they are there. The passwords are those of the file `secrets`, which is made if it is not there. Any number
/// of processes may do this at once.
pub async fn bootstrap_roles(admin_url: &str, database: &str, secrets: &Path) -> Result<Urls> {
    let admin = parse(admin_url)?;
    let passwords = Passwords::load(secrets)?;
    let mut connection = connect(&admin).await?;
    // Two `alter role` at once fail; the lock lasts as long as the connection.
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut connection)
        .await
        .map_err(Error::database("wait for another bootstrap"))?;
    let superuser = check_privileges(&mut connection).await?;
    for (role, password) in passwords.by_role() {
        ensure_role(&mut connection, role, password, superuser).await?;
    }
    ensure_database(&mut connection, database).await?;
    connection
        .close()
        .await
        .map_err(Error::database("leave the bootstrap"))?;
    let url = |role: &str, password: &str| -> String {
        admin
            .clone()
            .username(role)
            .password(password)
            .database(database)
            .to_url_lossy()
            .into()
    };
    Ok(Urls {
        owner: url(OWNER, &passwords.owner),
        indexer: url(INDEXER, &passwords.indexer),
        api: url(API, &passwords.api),
    })
}

/// Databases that belong to the owner's role.
pub(super) async fn owned_databases(admin_url: &str) -> Result<Vec<String>> {
    let mut connection = connect(&parse(admin_url)?).await?;
    sqlx::query_scalar(
        "select d.datname::text from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = $1 order by 1",
    )
    .bind(OWNER)
    .fetch_all(&mut connection)
    .await
    .map_err(Error::database("list the owner's databases"))
}

pub(super) async fn drop_database(admin_url: &str, database: &str) -> Result<()> {
    let mut connection = connect(&parse(admin_url)?).await?;
    let statement = format!("drop database if exists {} with (force)", identifier(database));
    run(&mut connection, statement, format!("drop database {database}")).await
}

pub(super) fn parse(admin_url: &str) -> Result<PgConnectOptions> {
    admin_url.parse().map_err(|source| Error::Unreachable { source })
}

/// Statements hold passwords here, so the driver may not log them.
pub(super) async fn connect(admin: &PgConnectOptions) -> Result<PgConnection> {
    let options = admin.clone().disable_statement_logging();
    let connected = tokio::time::timeout(super::CONNECT_BOUND, PgConnection::connect_with(&options)).await;
    let late = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    connected
        .unwrap_or_else(late)
        .map_err(|source| Error::Unreachable { source })
}

/// An error unless the administrator may do what follows. Returns whether it is a superuser.
async fn check_privileges(connection: &mut PgConnection) -> Result<bool> {
    let (role, superuser, roles, databases): (String, bool, bool, bool) = sqlx::query_as(
        "select rolname::text, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(Error::database("read the administrator's rights"))?;
    match (superuser || roles, superuser || databases) {
        (true, true) => Ok(superuser),
        (false, _) => Err(Error::Privileges { role, missing: "roles" }),
        (_, false) => Err(Error::Privileges {
            role,
            missing: "databases",
        }),
    }
}

async fn ensure_role(connection: &mut PgConnection, role: &str, password: &str, superuser: bool) -> Result<()> {
    let doing = || format!("set up role {role}");
    if superuser {
        // A failed statement would put the password into the server's log.
        run(connection, "set log_min_error_statement = panic".to_owned(), doing()).await?;
    }
    let verb = if exists(connection, "select 1 from pg_roles where rolname = $1", role).await? {
        "alter"
    } else {
        "create"
    };
    run(
        connection,
        format!("{verb} role {role} login password '{password}'"),
        doing(),
    )
    .await?;
    let member = "select 1 from pg_roles where rolname = $1 and pg_has_role(current_user, oid, 'member')";
    if role == OWNER && !superuser && !exists(connection, member, role).await? {
        // To make a database for somebody one has to be able to become that somebody.
        run(connection, format!("grant {role} to current_user"), doing()).await?;
    }
    Ok(())
}

async fn ensure_database(connection: &mut PgConnection, database: &str) -> Result<()> {
    if exists(connection, "select 1 from pg_database where datname = $1", database).await? {
        return Ok(());
    }
    let statement = format!("create database {} owner {OWNER}", identifier(database));
    run(connection, statement, format!("create database {database}")).await
}

async fn exists(connection: &mut PgConnection, query: &'static str, name: &str) -> Result<bool> {
    let row = sqlx::query(query).bind(name).fetch_optional(&mut *connection).await;
    Ok(row.map_err(Error::database(format!("look for {name}")))?.is_some())
}

/// Runs a statement that takes no parameters. Every name in it is quoted or constant, every password hexadecimal.
async fn run(connection: &mut PgConnection, statement: String, doing: String) -> Result<()> {
    let done = connection.execute(AssertSqlSafe(statement)).await;
    done.map(drop).map_err(Error::database(doing))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_holds_no_password() {
        let url = |role: &str| format!("postgres://{role}:hidden@127.0.0.1/x");
        let urls = Urls {
            owner: url("o"),
            indexer: url("i"),
            api: url("a"),
        };
        assert!(!format!("{urls:?}").contains("hidden"));
    }

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(identifier(r#"a"; drop"#), r#""a""; drop""#);
    }
}
