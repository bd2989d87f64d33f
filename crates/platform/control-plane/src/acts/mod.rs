//! Administrative acts: each is one function with typed arguments, the same for every caller and every way in.
//!
//! The console, the administration socket and every other way in call these functions, so that an act has the same checks, the same
//! record and the same refusal. [`table`] describes each act as data; [`sekisho_capability::demand`] says what an actor must be permitted for it.

pub mod table;
pub mod tokens;

mod devices;
mod refusal;
mod sessions;
mod users;

use std::sync::Arc;

use sekisho_capability::Changes;
use sekisho_devices::Devices;
use sekisho_identity::Identity;
use sekisho_ledger::Ledger;
use sekisho_model::{Actor, Timestamp};
use sekisho_policy_information::World;
use sekisho_store::Store;
use tokio::sync::watch;

pub use refusal::ActRefusal;
pub(crate) use users::refuse_own_account;

/// What acts work with. A cheap handle.
#[derive(Clone)]
pub struct Acts {
    changes: Changes,
    identity: Identity,
    devices: Devices,
    world: watch::Receiver<Arc<World>>,
}

impl Acts {
    /// Acts over these services.
    #[must_use]
    pub const fn new(
        store: Store,
        ledger: Ledger,
        identity: Identity,
        devices: Devices,
        world: watch::Receiver<Arc<World>>,
    ) -> Self {
        Self { changes: Changes::new(store, ledger), identity, devices, world }
    }

    /// The acts of one actor at one time. Whether the actor may do them was decided before.
    #[must_use]
    pub const fn by(&self, actor: Actor, now: Timestamp) -> Acting<'_> {
        Acting { acts: self, actor, now }
    }
}

impl std::fmt::Debug for Acts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acts")
    }
}

/// The acts of one actor at one time.
#[derive(Debug)]
pub struct Acting<'a> {
    acts: &'a Acts,
    actor: Actor,
    now: Timestamp,
}
