//! The tables, and how an older database becomes a present one.

use crate::database::{Argument, Database, Transaction};
use crate::{StoreError, seal};

/// What turns schema n into schema n + 1, for SQLite and for PostgreSQL. Never change one that was released: add one.
const STEPS: [(&str, &str); 2] = [
    (include_str!("schema/1.sqlite.sql"), include_str!("schema/1.postgres.sql")),
    (include_str!("schema/2.sqlite.sql"), include_str!("schema/2.postgres.sql")),
];

/// The schema that this program reads and writes.
const KNOWN: i64 = STEPS.len() as i64;

const KEY_CHECK: &str = "store/key-check";

/// Brings the tables to the present schema and checks that the master key is the one they were sealed under.
pub(crate) async fn prepare(database: &Database, key: &crate::MasterKey) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    if transaction.is_postgres() {
        // Two processes that start at once must not both make the tables.
        transaction.script("SELECT pg_advisory_xact_lock(73514208)").await?;
    }
    transaction.script("CREATE TABLE IF NOT EXISTS sekisho_schema (version BIGINT NOT NULL)").await?;
    let version = version(&mut transaction).await?;
    if version > KNOWN {
        return Err(StoreError::NewerSchema { found: version, known: KNOWN });
    }
    let done = usize::try_from(version).map_err(|_| StoreError::Corrupt("sekisho_schema".to_owned()))?;
    for (sqlite, postgres) in STEPS.iter().skip(done) {
        transaction.script(if transaction.is_postgres() { postgres } else { sqlite }).await?;
    }
    transaction.script("DELETE FROM sekisho_schema").await?;
    transaction.execute("INSERT INTO sekisho_schema (version) VALUES ($1)", &[Argument::Number(KNOWN)]).await?;
    check_key(&mut transaction, key).await?;
    transaction.commit().await?;
    Ok(())
}

/// Checks that a database can be read by this program under that master key, and changes nothing.
pub(crate) async fn check(database: &Database, key: &crate::MasterKey) -> Result<(), StoreError> {
    let rows: Vec<(i64,)> = database.read("SELECT version FROM sekisho_schema", &[]).await?;
    let found = rows.first().map_or(0, |row| row.0);
    if found > KNOWN {
        return Err(StoreError::NewerSchema { found, known: KNOWN });
    }
    let rows: Vec<(String,)> = database.read("SELECT mark FROM marks WHERE name = 'key-check'", &[]).await?;
    let mark = rows.first().map_or("", |row| row.0.as_str());
    seal::unseal(key, mark, KEY_CHECK).map(drop).map_err(|_| StoreError::WrongMasterKey)
}

async fn version(transaction: &mut Transaction) -> Result<i64, StoreError> {
    let rows: Vec<(i64,)> = transaction.rows("SELECT version FROM sekisho_schema", &[]).await?;
    Ok(rows.first().map_or(0, |row| row.0))
}

async fn check_key(transaction: &mut Transaction, key: &crate::MasterKey) -> Result<(), StoreError> {
    let mark = seal::seal(key, b"sekisho", KEY_CHECK)?;
    let insert = "INSERT INTO marks (name, mark) VALUES ('key-check', $1) ON CONFLICT (name) DO NOTHING";
    transaction.execute(insert, &[Argument::Text(&mark)]).await?;
    let rows: Vec<(String,)> = transaction.rows("SELECT mark FROM marks WHERE name = 'key-check'", &[]).await?;
    let found = rows.first().map_or("", |row| row.0.as_str());
    seal::unseal(key, found, KEY_CHECK).map(drop).map_err(|_| StoreError::WrongMasterKey)
}
