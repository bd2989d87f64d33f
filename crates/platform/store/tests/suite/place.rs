//! A database of one case: opened as often as the case likes, and altered behind the store's back.

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, MasterKey, Store, StoreUrl, Write};
use serde_json::Value;
use sqlx::AssertSqlSafe;

pub struct Place {
    pub url: StoreUrl,
    /// Held as long as the place is used.
    pub _folder: Option<tempfile::TempDir>,
}

pub fn key(byte: u8) -> MasterKey {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode([byte; 32]);
    MasterKey::from_text(&text, "test").unwrap()
}

impl Place {
    /// A store on this database: each as another process would have it.
    pub async fn open(&self) -> Store {
        Store::open(&self.url, key(1)).await.unwrap()
    }

    /// Executes a statement behind the store's back.
    pub async fn alter(&self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                sql.execute(&pool).await.unwrap();
                pool.close().await;
            }
            StoreUrl::Postgres(url) => {
                let pool = sqlx::PgPool::connect(url).await.unwrap();
                sql.execute(&pool).await.unwrap();
                pool.close().await;
            }
        }
    }

    /// Every text in the first column of a query, behind the store's back.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap()
            }
            StoreUrl::Postgres(url) => {
                let pool = sqlx::PgPool::connect(url).await.unwrap();
                let texts = sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap();
                pool.close().await;
                texts
            }
        }
    }
}

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn put(kind: Kind, id: &str, expected: Expected, body: impl Into<Value>) -> Write {
    Write::Put { kind, id: id.to_owned(), expected, body: body.into() }
}

pub fn delete(kind: Kind, id: &str, expected: Expected) -> Write {
    Write::Delete { kind, id: id.to_owned(), expected }
}

pub async fn commit(store: &Store, writes: Vec<Write>) -> u64 {
    store.commit(writes, "tester", at(1_000)).await.unwrap()
}
