//! "Contracts are the system of record" is enforced by Postgres: each role writes its own schema and no other.

use e2e::World;
use sqlx::{Connection, Executor, PgConnection};

/// `insufficient_privilege`
const FORBIDDEN: &str = "42501";

#[tokio::test]
async fn the_api_reads_the_mirror_and_can_not_write_it() {
    let world = World::start_without_services().await;
    let urls = world.database("roles_api").await;
    let tables = world.chain_tables(&urls).await;
    assert!(tables.len() > 10, "the schema is there: {tables:?}");
    let mut api = PgConnection::connect(&urls.api).await.unwrap();
    for table in &tables {
        api.execute(sqlx::AssertSqlSafe(format!("select * from chain.{table} limit 1")))
            .await
            .unwrap();
        for statement in [
            format!("insert into chain.{table} select * from chain.{table}"),
            format!("delete from chain.{table}"),
            format!("truncate chain.{table}"),
        ] {
            refused(&mut api, &statement).await;
        }
    }
    refused(&mut api, "update chain.cursor set number = 0").await;
    refused(&mut api, "create table chain.mine (id int)").await;
    refused(&mut api, "drop schema chain cascade").await;
}

#[tokio::test]
async fn the_indexer_writes_the_mirror_and_can_not_see_what_people_do() {
    let world = World::start_without_services().await;
    let urls = world.database("roles_indexer").await;
    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    owner.execute("create table app.probe (id int)").await.unwrap();
    let mut indexer = PgConnection::connect(&urls.indexer).await.unwrap();
    indexer
        .execute("insert into chain.blocks values (0, sha256('a'), sha256('b'), 0)")
        .await
        .unwrap();
    indexer.execute("delete from chain.blocks").await.unwrap();
    for statement in [
        "select * from app.probe",
        "insert into app.probe values (1)",
        "update chain.payments set amount = 0",
        "truncate chain.payments",
        "create table app.mine (id int)",
        "create table chain.mine (id int)",
        "create table public.mine (id int)",
        "delete from _sqlx_migrations",
    ] {
        refused(&mut indexer, statement).await;
    }
}

#[tokio::test]
async fn the_api_writes_what_people_do() {
    let world = World::start_without_services().await;
    let urls = world.database("roles_app").await;
    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    owner.execute("create table app.probe (id int)").await.unwrap();
    let mut api = PgConnection::connect(&urls.api).await.unwrap();
    for statement in [
        "insert into app.probe values (1)",
        "update app.probe set id = 2",
        "delete from app.probe",
    ] {
        api.execute(statement).await.unwrap();
    }
    refused(&mut api, "create table app.mine (id int)").await;
    refused(&mut api, "drop table app.probe").await;
}

async fn refused(connection: &mut PgConnection, statement: &str) {
    let answer = connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await;
    let error = answer.expect_err(statement);
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(|code| code.to_string());
    assert_eq!(code.as_deref(), Some(FORBIDDEN), "{statement}: {error}");
}
