//! What a search of the decision point asks the engine with. It belongs to no worker, so a search runs beside them.

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_model::{Action, RequestId, Timestamp};
use sekisho_policy_enforcement::{Application, Caller, CookieKey, Stated, stated_request};
use sekisho_policy_engine::is_permitted;
use sekisho_policy_information::World;

/// One caller's questions about one World at one time.
#[derive(Clone)]
pub struct Searcher {
    pub(crate) caller: Caller,
    pub(crate) world: Arc<World>,
    pub(crate) key: CookieKey,
    pub(crate) now: Timestamp,
}

impl Searcher {
    /// Who asks.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What is asked about.
    #[must_use]
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Whether the engine would permit, for a list that is recorded as a whole.
    #[must_use]
    pub fn would_permit(&self, stated: Stated<'_>, application: &Application, action: Action, address: IpAddr) -> bool {
        let (Self { caller, world, key, now }, id) = (self, RequestId::new(arcstr::literal!("search")));
        stated_request(caller, stated, application, action, address, key, world, id, *now)
            .is_some_and(|request| is_permitted(world.policies(), world, &request, *now))
    }
}
