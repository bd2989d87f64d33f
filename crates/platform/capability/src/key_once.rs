//! A key of the platform: made at the first start, the same ever after.

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Store, Write};
use serde_json::Value;

use crate::{ChangeError, maintain};

/// The body of the key `id`; `make` makes it when there is none. Processes that start at the same time on one store all get the body
/// that was stored first.
///
/// # Errors
/// What `make` returns, or a [`ChangeError`] when the store fails or the key was removed meanwhile.
pub async fn key_once<E: From<ChangeError>>(
    store: &Store,
    id: &str,
    now: Timestamp,
    make: impl FnOnce() -> Result<Value, E>,
) -> Result<Value, E> {
    if let Some(body) = stored(store, id).await? {
        return Ok(body);
    }
    let write = Write::Put { kind: Kind::Key, id: id.to_owned(), expected: Expected::New, body: make()? };
    match maintain(store, vec![write], now).await {
        Ok(_) | Err(ChangeError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let gone = || ChangeError::Conflict { kind: Kind::Key, id: id.to_owned(), found: None };
    Ok(stored(store, id).await?.ok_or_else(gone)?)
}

async fn stored(store: &Store, id: &str) -> Result<Option<Value>, ChangeError> {
    Ok(store.get(Kind::Key, id).await?.map(|document| document.body))
}
