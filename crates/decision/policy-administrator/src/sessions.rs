//! Which sessions have come to their end.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_model::documents::SessionEnd;
use sekisho_model::facts::Handle;
use sekisho_model::{SessionFacts, SessionId, Span, Timestamp};
use sekisho_policy_information::{Scope, Touched, World};

/// How long after telling that a session ended it is told again, should it still be there.
const TOLD_AGAIN_AFTER: Span = Span::from_seconds(10);

/// A session to end: delete its document and record the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnding {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub subject: Handle,
    /// Why: [`SessionEnd::Expired`], both at its absolute end and when it was idle too long.
    pub why: SessionEnd,
    /// When it came to its end; the time of the call is a little later.
    pub at: Timestamp,
}

/// Watches the sessions of successive Worlds for their absolute end and for idleness.
#[derive(Debug, Clone, Default)]
pub struct SessionWatch {
    seen: Option<u64>,
    watched: BTreeMap<SessionId, Watched>,
    by_due: BTreeSet<(Timestamp, SessionId)>,
}

#[derive(Debug, Clone, Copy)]
struct Watched {
    last_active: Timestamp,
    /// When to look at it again. Activity does not move it; looking does.
    due: Timestamp,
}

impl SessionWatch {
    /// A watch that knows no session yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a new World: sessions that began, changed or ended. A session counts as active when it is first seen, so a
    /// restart does not end everybody's.
    pub fn observe(&mut self, world: &World, now: Timestamp) {
        let touched = self.seen.map(|seen| world.touched_since(seen));
        self.seen = Some(world.publication());
        let sessions: BTreeSet<SessionId> = match touched {
            Some(Touched::Nothing) => return,
            None | Some(Touched::Everything { .. }) => {
                self.watched.keys().copied().chain(world.sessions().map(|session| session.id)).collect()
            }
            Some(Touched::Publications(publications)) => {
                let named = publications.iter().flat_map(|publication| match &publication.scope {
                    Scope::Only { sessions, .. } => sessions.as_slice(),
                    Scope::Everything => &[],
                });
                named.copied().collect()
            }
        };
        for session in sessions {
            self.take_in(session, world, now);
        }
    }

    /// Notes that a session was used. It is a map look-up: call it for every request if you like.
    pub fn active(&mut self, session: &SessionId, at: Timestamp) {
        if let Some(watched) = self.watched.get_mut(session) {
            watched.last_active = watched.last_active.max(at);
        }
    }

    /// When a session was last used.
    #[must_use]
    pub fn last_active(&self, session: &SessionId) -> Option<Timestamp> {
        self.watched.get(session).map(|watched| watched.last_active)
    }

    /// The sessions to end now. Each is told again every ten seconds until it is gone from the World.
    pub fn due(&mut self, world: &World, now: Timestamp) -> Vec<SessionEnding> {
        self.observe(world, now);
        let due: Vec<SessionId> =
            self.by_due.range(..=(now, SessionId::from_bytes([0xff; 16]))).map(|(_, session)| *session).collect();
        let mut endings = Vec::new();
        for session in due {
            let (Some(facts), Some(watched)) = (world.session(&session), self.watched.get(&session).copied()) else {
                self.forget(&session);
                continue;
            };
            let at = end_of(facts, watched.last_active, world);
            if at > now {
                self.look_again(session, Watched { due: at, ..watched });
                continue;
            }
            self.look_again(session, Watched { due: now.plus(TOLD_AGAIN_AFTER), ..watched });
            endings.push(SessionEnding { session, subject: facts.subject, why: SessionEnd::Expired, at });
        }
        endings
    }

    fn take_in(&mut self, session: SessionId, world: &World, now: Timestamp) {
        let Some(facts) = world.session(&session) else {
            self.forget(&session);
            return;
        };
        let last_active = self.last_active(&session).unwrap_or(now);
        self.look_again(session, Watched { last_active, due: end_of(facts, last_active, world) });
    }

    fn look_again(&mut self, session: SessionId, watched: Watched) {
        self.forget(&session);
        self.by_due.insert((watched.due, session));
        self.watched.insert(session, watched);
    }

    fn forget(&mut self, session: &SessionId) {
        if let Some(old) = self.watched.remove(session) {
            self.by_due.remove(&(old.due, *session));
        }
    }
}

/// When a session ends: at its absolute end, or when it has been idle too long.
fn end_of(session: &SessionFacts, last_active: Timestamp, world: &World) -> Timestamp {
    session.expires_at.min(last_active.plus(world.settings().session_idle))
}
