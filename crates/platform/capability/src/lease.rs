//! Leases: of several processes on one store, one holds a lease at a time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sekisho_model::documents::Kind;
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Store, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{ChangeError, Changes, Clock};

/// How long a lease lasts after it was taken. A process that dies holds it no longer than this.
pub const LEASE_LIFE: Span = Span::from_seconds(60);
/// How often its holder takes it again.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// Takes leases for one process. Clones share the holder's name.
#[derive(Clone)]
pub struct Leases {
    store: Store,
    changes: Changes,
    clock: Clock,
    holder: Arc<str>,
}

/// Who holds a lease, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The holder's name: random, one for each process.
    pub holder: String,
    /// When the lease ends unless it is taken again.
    pub until: Timestamp,
}

impl Leases {
    /// Leases taken in the name `holder`, which no other process may use.
    #[must_use]
    pub fn new(store: Store, changes: Changes, clock: Clock, holder: &str) -> Self {
        Self { store, changes, clock, holder: holder.into() }
    }

    /// Leases in another name, for work that must tell its own lease from an earlier one of the same process.
    #[must_use]
    pub fn named(&self, holder: &str) -> Self {
        Self { holder: holder.into(), ..self.clone() }
    }

    /// The name in which this process takes leases.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Who holds the lease now, if anybody does.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn held(&self, name: &str) -> Result<Option<Held>, ChangeError> {
        Ok(self.read(name).await?.and_then(|(held, _)| held).filter(|held| self.clock.now() < held.until))
    }

    /// Takes the lease, or extends it when it is held already. Returns whether this process holds it now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn take(&self, name: &str) -> Result<bool, ChangeError> {
        let now = self.clock.now();
        let (expected, held) = match self.read(name).await? {
            None => (Expected::New, None),
            Some((held, revision)) => (Expected::Revision(revision), held),
        };
        if held.is_some_and(|held| *held.holder != *self.holder && now < held.until) {
            return Ok(false);
        }
        let body = json!(Held { holder: self.holder.to_string(), until: now.plus(LEASE_LIFE) });
        let write = Write::Put { kind: Kind::Key, id: place(name), expected, body };
        match self.changes.maintain(vec![write], now).await {
            Ok(_) => Ok(true),
            // Another process was faster.
            Err(ChangeError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Extends a lease for as long as this future is polled, and returns when it is lost: `None` when another process took it.
    pub async fn hold(&self, name: &str) -> Option<ChangeError> {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.take(name).await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// Gives the lease back, when this process holds it. Where that fails, the lease ends by itself.
    pub async fn give_back(&self, name: &str) {
        let Ok(Some((Some(held), revision))) = self.read(name).await else { return };
        if *held.holder != *self.holder {
            return;
        }
        let expected = Expected::Revision(revision);
        let write = Write::Delete { kind: Kind::Key, id: place(name), expected };
        if let Err(error) = self.changes.maintain(vec![write], self.clock.now()).await {
            tracing::warn!(%error, lease = name, "the lease was not given back; it ends by itself");
        }
    }

    /// The stored lease with its revision. A lease that cannot be read is held by nobody.
    async fn read(&self, name: &str) -> Result<Option<(Option<Held>, u64)>, ChangeError> {
        let document = self.store.get(Kind::Key, &place(name)).await?;
        Ok(document.map(|document| (serde_json::from_value(document.body).ok(), document.revision)))
    }
}

/// The identifier under which a lease is stored.
fn place(name: &str) -> String {
    format!("lease/{name}")
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leases({})", self.holder)
    }
}
