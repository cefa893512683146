//! What a test sees of the mirror's tables.

use crate::{POLL, WAIT_MAX, World};
use devstack::Urls;
use indexer::Config;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::Mirror;
use tokio_util::sync::CancellationToken;

/// A row's columns as text, by name.
pub type Row = BTreeMap<String, String>;
/// Each table's rows as text, in the order of the key.
pub(crate) type Tables = BTreeMap<String, Vec<String>>;

impl World {
    pub fn mirror(&self) -> &Mirror {
        &self.services().mirror
    }

    /// A migrated database of this world's own.
    pub async fn database(&self, name: &str) -> Urls {
        let urls = self.shared.database(name).await;
        store::migrate(&urls.owner).await.unwrap();
        urls
    }

    pub(crate) fn indexer_config(&self, urls: &Urls, span_blocks_max: u64) -> Config {
        Config {
            database_url: urls.indexer.clone(),
            rpc: self.rpc.clone(),
            contracts: self.contracts,
            poll: Duration::from_millis(20),
            span_blocks_max,
        }
    }

    /// Waits until block `number` is mirrored.
    pub async fn wait_for(&self, number: u64) {
        let urls = &self.services().urls;
        self.wait_for_database(urls, number).await;
    }

    pub async fn wait_for_database(&self, urls: &Urls, number: u64) {
        let mirror = Mirror::new(store::connect(&urls.api, 1).await.unwrap());
        wait(&format!("block {number}"), async || {
            mirror
                .snapshot()
                .await
                .is_ok_and(|snapshot| snapshot.as_of.number >= number)
        })
        .await;
    }

    /// Waits until the mirror's tip is the chain's head, by hash.
    pub async fn wait_until_mirrored(&self) {
        let head = self.rpc.head().await.unwrap();
        let mirror = self.mirror();
        wait(&format!("block {} {}", head.number, head.hash), async || {
            mirror
                .snapshot()
                .await
                .is_ok_and(|snapshot| snapshot.as_of.hash == head.hash)
        })
        .await;
    }

    /// The tables of the world's own mirror.
    pub async fn tables(&self) -> Tables {
        self.tables_of(&self.services().urls).await
    }

    /// The rows of one table of the world's own mirror, oldest first.
    pub async fn rows(&self, table: &str) -> Vec<Row> {
        self.rows_of(&self.services().urls, table).await
    }

    pub async fn rows_of(&self, urls: &Urls, table: &str) -> Vec<Row> {
        let mut connection = PgConnection::connect(&urls.api).await.unwrap();
        let query = format!(
            "select (select jsonb_object_agg(key, value) from jsonb_each_text(to_jsonb(t)))
             from chain.{table} t order by block_number, log_index"
        );
        let rows: Vec<Json<Row>> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.0).collect()
    }

    /// The tables of a mirror that is made now, undisturbed, from the first block to the head.
    pub async fn mirror_afresh(&self) -> Tables {
        let urls = self.database("afresh").await;
        let head = self.head().await;
        let stop = CancellationToken::new();
        let run = tokio::spawn(indexer::run(self.indexer_config(&urls, 1_000), stop.clone()));
        self.wait_for_database(&urls, head).await;
        stop.cancel();
        run.await.unwrap().unwrap();
        self.tables_of(&urls).await
    }

    /// A second indexer on the world's own database: how it ends.
    pub async fn second_indexer(&self) -> Result<(), indexer::Error> {
        indexer::run(
            self.indexer_config(&self.services().urls, 1_000),
            CancellationToken::new(),
        )
        .await
    }

    pub async fn chain_tables(&self, urls: &Urls) -> Vec<String> {
        let mut connection = PgConnection::connect(&urls.owner).await.unwrap();
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'chain' order by 1")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    /// Everything that is mirrored. Block rows are left out: how many are kept depends on when finality was looked at.
    pub async fn tables_of(&self, urls: &Urls) -> Tables {
        let mut connection = PgConnection::connect(&urls.api).await.unwrap();
        let mut tables = Tables::new();
        for table in self
            .chain_tables(urls)
            .await
            .into_iter()
            .filter(|table| table != "blocks")
        {
            let query = format!("select t::text from chain.{table} t order by 1");
            let rows = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            tables.insert(table, rows);
        }
        assert!(
            !tables["payments"].is_empty() || !tables["parameters"].is_empty(),
            "the tables are not empty"
        );
        tables
    }
}

pub(crate) async fn wait(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < WAIT_MAX, "{what} was not mirrored in time");
        tokio::time::sleep(POLL).await;
    }
}
