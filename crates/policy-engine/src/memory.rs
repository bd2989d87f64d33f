//! Remembered answers: a permit stands for further requests that would be decided from exactly the same facts.

use std::sync::Arc;

use sekisho_model::{AccessRequest, RequestId, Timestamp};
use sekisho_policy_information::World;

use crate::{Decision, Permit};

/// The permits that one worker remembers. Bounded; the least recently made are forgotten first.
#[derive(Debug, Default)]
pub struct Memory {}

impl Memory {
    /// An empty memory for at most that many answers.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let _ = capacity;
        Self {}
    }

    /// A permit for the request if one was remembered and everything it was decided from is the same in this World, with
    /// the request whose decision covers it.
    pub fn recall(
        &mut self,
        world: &Arc<World>,
        request: &AccessRequest,
        now: Timestamp,
    ) -> Option<(Permit, RequestId)> {
        let _ = (world, request, now);
        None
    }

    /// Remembers a decision if it permits.
    pub fn remember(&mut self, world: &Arc<World>, request: &AccessRequest, decision: &Decision, now: Timestamp) {
        let _ = (world, request, decision, now);
    }
}
