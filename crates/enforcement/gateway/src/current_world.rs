//! The World that a worker decides on, and whether it may still be decided on.

use std::cell::RefCell;
use std::sync::Arc;

use sekisho_model::Timestamp;
use sekisho_policy_information::World;
use tokio::sync::watch;

use crate::callbacks::Clock;
use crate::tuning::Tuning;

/// The newest World that one worker has seen, and the time.
pub(crate) struct CurrentWorld {
    world: RefCell<Arc<World>>,
    alive: watch::Receiver<Timestamp>,
    tuning: Arc<Tuning>,
    clock: Clock,
}

impl CurrentWorld {
    pub(crate) const fn new(
        world: Arc<World>,
        alive: watch::Receiver<Timestamp>,
        tuning: Arc<Tuning>,
        clock: Clock,
    ) -> Self {
        Self { world: RefCell::new(world), alive, tuning, clock }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The newest World that this worker has seen.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.borrow().clone()
    }

    pub(crate) fn set_world(&self, world: Arc<World>) {
        *self.world.borrow_mut() = world;
    }

    /// Whether the control plane was heard of within the lease.
    pub(crate) fn lease_holds(&self, now: Timestamp) -> bool {
        self.tuning.lease_holds(*self.alive.borrow(), now)
    }
}
