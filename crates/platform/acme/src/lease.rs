//! The right to order: of several processes on one store, one has it at a time.

use std::time::Duration;

use sekisho_capability::{ChangeError, maintain};
use sekisho_model::documents::Kind;
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::failure::OrderFailure;
use crate::vault::Vault;

const ID: &str = "acme-lease";
/// How long it is held without being taken again.
const LIFE: Span = Span::from_seconds(60);
/// How often its holder takes it again.
const AGAIN: Duration = Duration::from_secs(20);

/// Who holds the right to order, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    holder: String,
    until: Timestamp,
}

impl Held {
    /// Whether it is that holder's now.
    pub(crate) fn is_of(&self, holder: &str, now: Timestamp) -> bool {
        self.holder == holder && now < self.until
    }
}

/// The lease as it lies in the store.
pub(crate) async fn held(vault: &Vault) -> Result<Option<Held>, OrderFailure> {
    let document = vault.store.get(Kind::Key, ID).await?;
    Ok(document.and_then(|document| serde_json::from_value(document.body).ok()))
}

/// Takes the lease, or takes it again; whether it is ours now.
pub(crate) async fn take(vault: &Vault, holder: &str) -> Result<bool, OrderFailure> {
    let now = (vault.clock)();
    let document = vault.store.get(Kind::Key, ID).await?;
    let (expected, held) = match document {
        None => (Expected::New, None),
        Some(document) => (Expected::Revision(document.revision), serde_json::from_value::<Held>(document.body).ok()),
    };
    if held.is_some_and(|held| held.holder != holder && now < held.until) {
        return Ok(false);
    }
    let body = json!(Held { holder: holder.to_owned(), until: now.plus(LIFE) });
    let write = Write::Put { kind: Kind::Key, id: ID.to_owned(), expected, body };
    match maintain(&vault.store, vec![write], now).await {
        Ok(_) => Ok(true),
        // Somebody else was faster.
        Err(ChangeError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Holds the lease for as long as it is polled; why it is lost.
pub(crate) async fn hold(vault: &Vault, holder: &str) -> OrderFailure {
    loop {
        tokio::time::sleep(AGAIN).await;
        match take(vault, holder).await {
            Ok(true) => {}
            Ok(false) => return OrderFailure::Own("another process has taken the right to order".to_owned()),
            Err(failure) => return failure,
        }
    }
}

/// Gives the lease back. Where that fails, it ends by itself.
pub(crate) async fn give_back(vault: &Vault, holder: &str) {
    let now = (vault.clock)();
    let Ok(Some(document)) = vault.store.get(Kind::Key, ID).await else { return };
    let held = serde_json::from_value::<Held>(document.body);
    if held.is_ok_and(|held| held.is_of(holder, now)) {
        let write =
            Write::Delete { kind: Kind::Key, id: ID.to_owned(), expected: Expected::Revision(document.revision) };
        if let Err(error) = maintain(&vault.store, vec![write], now).await {
            tracing::warn!(%error, "the right to order was not given back; it ends by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use sekisho_store::{MasterKey, Store, StoreUrl};

    use super::*;

    #[tokio::test]
    async fn one_holds_it_at_a_time_and_a_lost_one_ends_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = StoreUrl::Sqlite(folder.path().join("store.db"));
        let store = Store::open(&url, MasterKey::generate().expect("a key")).await.expect("a store");
        let time = Arc::new(AtomicI64::new(0));
        let clock = time.clone();
        let vault = Vault { store, clock: Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))) };
        assert_eq!(take(&vault, "a").await, Ok(true));
        assert_eq!(take(&vault, "b").await, Ok(false));
        assert_eq!(take(&vault, "a").await, Ok(true), "its holder takes it again");
        give_back(&vault, "b").await;
        assert_eq!(take(&vault, "b").await, Ok(false), "another cannot give it back");
        give_back(&vault, "a").await;
        assert_eq!(take(&vault, "b").await, Ok(true));
        time.store(LIFE.as_millis(), Ordering::Relaxed);
        assert_eq!(take(&vault, "a").await, Ok(true), "its holder is gone");
        let held = held(&vault).await.expect("a store").expect("a lease");
        assert!(held.is_of("a", (vault.clock)()) && !held.is_of("b", (vault.clock)()));
    }
}
