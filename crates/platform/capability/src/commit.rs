//! Where documents are written: the only calls of [`Store::commit`] and [`Store::consume`] outside the store.

use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Timestamp};
use sekisho_store::{Document, Store, Write};

use crate::ChangeError;

/// Writes documents in the name of an actor.
pub(crate) async fn commit(
    store: &Store,
    writes: Vec<Write>,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64, ChangeError> {
    Ok(store.commit(writes, &actor.to_string(), now).await?)
}

/// Writes documents that the platform keeps for itself, without an act: observations, one-time documents, keys.
///
/// # Errors
/// [`ChangeError::NeedsAct`] when a document is of a kind that people administer; otherwise as [`crate::Change::commit`].
pub async fn maintain(store: &Store, writes: Vec<Write>, now: Timestamp) -> Result<u64, ChangeError> {
    check_maintained(&writes)?;
    commit(store, writes, &Actor::System, now).await
}

/// Takes a one-time document away and returns it. Of several callers at once, one gets it.
///
/// # Errors
/// [`ChangeError::Store`] when the store fails.
pub async fn consume(store: &Store, id: &str) -> Result<Option<Document>, ChangeError> {
    Ok(store.consume(Kind::OneTime, id).await?)
}

/// Rejects writes of documents that people administer.
pub(crate) fn check_maintained(writes: &[Write]) -> Result<(), ChangeError> {
    match writes.iter().find(|write| write.kind().is_administered()) {
        Some(write) => Err(ChangeError::NeedsAct { kind: write.kind(), id: write.id().to_owned() }),
        None => Ok(()),
    }
}
