//! What every route works with.

use std::sync::Arc;

use http::HeaderMap;
use sekisho_capability::{Changes, Clock};
use sekisho_ledger::Ledger;
use sekisho_model::{Peer, Timestamp};
use sekisho_policy_information::World;
use tokio::sync::watch;

use crate::Caller;

/// Finds the caller behind the `Authorization` of a request that came through the gateway. `None` when nobody live stands behind it.
pub type Authenticate = Arc<dyn Fn(&HeaderMap, &Peer, &Arc<World>, Timestamp) -> Option<Caller> + Send + Sync>;

/// Everything that all routes read. A cheap handle.
#[derive(Clone)]
pub struct Rest {
    /// The snapshot that decisions read.
    pub world: watch::Receiver<Arc<World>>,
    /// The record of decisions.
    pub ledger: Ledger,
    /// The writer of the answers that are kept for repeated requests.
    pub changes: Changes,
    /// The clock.
    pub clock: Clock,
    /// Who calls.
    pub authenticate: Authenticate,
}
