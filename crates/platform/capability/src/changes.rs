//! The only writer of documents.

use std::fmt;

use sekisho_ledger::Ledger;
use sekisho_model::{Actor, Timestamp};
use sekisho_store::{Store, Write};

use crate::commit::{check_maintained, commit};
use crate::{Change, ChangeError};

/// Writes documents. Clones share the store and the ledger.
///
/// An act of a person, a device or the platform is [`begun`](Changes::begin), given its writes and committed: the ledger
/// holds the act before the store holds the documents. The platform's own bookkeeping ([`Changes::maintain`]) needs no act and
/// cannot write what people administer.
#[derive(Clone)]
pub struct Changes {
    store: Store,
    ledger: Ledger,
}

impl Changes {
    /// A writer into this store, recording in this ledger.
    #[must_use]
    pub const fn new(store: Store, ledger: Ledger) -> Self {
        Self { store, ledger }
    }

    /// Begins an act of `actor` on `target` (`kind/id`). `act` is the act's stable code.
    pub fn begin(&self, actor: Actor, act: &str, target: impl Into<String>) -> Change {
        Change::new(self.clone(), actor, act, target.into())
    }

    /// Writes documents that the platform keeps for itself; see [`maintain`](crate::maintain).
    ///
    /// # Errors
    /// As [`maintain`](crate::maintain).
    pub async fn maintain(&self, writes: Vec<Write>, now: Timestamp) -> Result<u64, ChangeError> {
        self.observe(writes, &Actor::System, now).await
    }

    /// As [`Changes::maintain`], with the actor whose observation it is: a device reports its posture.
    ///
    /// # Errors
    /// As [`maintain`](crate::maintain).
    pub async fn observe(&self, writes: Vec<Write>, actor: &Actor, now: Timestamp) -> Result<u64, ChangeError> {
        check_maintained(&writes)?;
        commit(&self.store, writes, actor, now).await
    }

    /// The store, to read from.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The ledger, to read from.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes")
    }
}
