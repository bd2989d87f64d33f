//! The last time that the machine of a platform saw, kept in its store: the floor below which no later start goes.

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, Write};
use serde_json::json;

use crate::{ChangeError, maintain};

/// The last time that was seen; `None` before the first. Each machine has a clock and so a time of its own: `ledger` names the document of
/// the ledger that is beside it.
///
/// # Errors
/// When the store fails.
pub async fn last_seen(store: &Store, ledger: &str) -> Result<Option<Timestamp>, ChangeError> {
    let found = store.get(Kind::Key, &document(ledger)).await?;
    let at = found.and_then(|found| found.body.get("at").and_then(serde_json::Value::as_i64));
    Ok(at.map(Timestamp::from_millis))
}

/// Keeps the time as the last that was seen.
///
/// # Errors
/// When the store fails.
pub async fn keep_last_seen(store: &Store, ledger: &str, now: Timestamp) -> Result<(), ChangeError> {
    let (id, body) = (document(ledger), json!({ "at": now.as_millis() }));
    maintain(store, vec![Write::Put { kind: Kind::Key, id, expected: Expected::Any, body }], now).await?;
    Ok(())
}

fn document(ledger: &str) -> String {
    format!("clock/{ledger}")
}
