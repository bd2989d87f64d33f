//! Removes one-time documents that expired before anybody used them.

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::Store;
use serde_json::Value;

use crate::{ChangeError, consume};

/// Under which of these fields a one-time document says when it expires, in milliseconds.
const EXPIRY: [&str; 2] = ["until", "expires_at"];

/// Removes every one-time document that expired at `now` or before; how many. Their readers reject expired ones in any case: the
/// sweep keeps them from piling up. A document without an expiry stays.
///
/// # Errors
/// When the store fails.
pub async fn sweep(store: &Store, now: Timestamp) -> Result<usize, ChangeError> {
    let mut removed = 0;
    for document in store.list_all(Kind::OneTime).await? {
        if has_expired(&document.body, now) {
            removed += usize::from(consume(store, &document.id).await?.is_some());
        }
    }
    Ok(removed)
}

fn has_expired(body: &Value, now: Timestamp) -> bool {
    let expiry = EXPIRY.iter().find_map(|field| body.get(field)?.as_i64());
    expiry.is_some_and(|expiry| expiry <= now.as_millis())
}
