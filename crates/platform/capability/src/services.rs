//! What a capability is given.

use std::sync::Arc;

use sekisho_ledger::Ledger;
use sekisho_policy_information::World;
use sekisho_store::Store;
use tokio::sync::watch;

use crate::{Changes, Clock, Entropy, Leases};

/// What every capability may use. Clones share it.
#[derive(Clone, Debug)]
pub struct Services {
    /// The documents, to read. [`Changes`] writes them.
    pub store: Store,
    /// The writer of documents.
    pub changes: Changes,
    /// The record, to read, and to append what changes no document.
    pub ledger: Ledger,
    /// The newest World.
    pub world: watch::Receiver<Arc<World>>,
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub entropy: Entropy,
    /// The right to do alone what several processes could do.
    pub leases: Leases,
}
