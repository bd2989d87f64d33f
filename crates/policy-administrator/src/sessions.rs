//! Which sessions have come to their end.

use sekisho_model::documents::SessionEnd;
use sekisho_model::facts::Handle;
use sekisho_model::{SessionId, Timestamp};
use sekisho_policy_information::World;

/// A session to end: delete its document and record the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnding {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub subject: Handle,
    /// Why: [`SessionEnd::Expired`], both at its absolute end and when it was idle too long.
    pub why: SessionEnd,
    /// When it came to its end; the time of the call is at most a little later.
    pub at: Timestamp,
}

/// Watches the sessions of successive Worlds for their absolute end and for idleness.
#[derive(Debug, Clone, Default)]
pub struct SessionWatch {}

impl SessionWatch {
    /// A watch that knows no session yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a new World: sessions that began, changed or ended. A session counts as active when it is first seen, so a
    /// restart does not end everybody's.
    pub fn observe(&mut self, world: &World, now: Timestamp) {
        let _ = (world, now);
    }

    /// Notes that a session was used.
    pub fn active(&mut self, session: &SessionId, at: Timestamp) {
        let _ = (session, at);
    }

    /// The sessions to end now. Each is told once per minute until it is gone from the World.
    pub fn due(&mut self, world: &World, now: Timestamp) -> Vec<SessionEnding> {
        let _ = (world, now);
        Vec::new()
    }
}
