//! The bounds of connections to upstreams: a number of all that are open, and a number of exchanges of one session. The bound of
//! clients' connections does not bound these, because one HTTP/2 connection may ask a hundred times; and each exchange holds a
//! connection to an upstream, or a window and one of the streams of a connection that others share.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sekisho_http_server::{Inspect, Inspected};
use sekisho_model::SessionId;
use tokio::net::TcpStream;

/// The number of locks that sessions are spread over, so that workers seldom wait for each other.
const PARTS: usize = 16;
/// Where few connections may be open, one session takes no more than such a part of them.
const PARTS_OF_SESSIONS: usize = 4;

type Counts = foldhash::HashMap<SessionId, u32>;

/// What the clients of a gateway hold of its upstreams, shared by its workers.
#[derive(Debug)]
pub struct Budget {
    /// The most exchanges of one session, as it is configured at the moment.
    per_session: Arc<AtomicU32>,
    altogether: usize,
    /// However many exchanges a session may have: with these there is still room for others.
    of_one_session: u32,
    open: AtomicUsize,
    sessions: [Mutex<Counts>; PARTS],
}

/// One of the connections that may be open. It is free again when this is dropped.
#[derive(Debug)]
pub struct Room(Arc<Budget>);

/// One of the exchanges that a session may have. It is free again when this is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    session: SessionId,
}

impl Budget {
    /// The budget of a gateway: as many connections altogether, and as many exchanges of one session. The second may change.
    #[must_use]
    pub fn new(altogether: usize, per_session: Arc<AtomicU32>) -> Self {
        let of_one_session = u32::try_from(altogether / PARTS_OF_SESSIONS).unwrap_or(u32::MAX).max(1);
        Self { per_session, altogether, of_one_session, open: AtomicUsize::new(0), sessions: Default::default() }
    }

    /// Room for one more connection; `None` when as many are open as may be.
    #[must_use]
    pub fn room(self: &Arc<Self>) -> Option<Room> {
        let more = |open: usize| (open < self.altogether).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Room(self.clone()))
    }

    /// A share for one more exchange of a session; `None` when it has as many as it may have.
    #[must_use]
    pub fn share(self: &Arc<Self>, session: SessionId) -> Option<Share> {
        let mut counts = self.counts(&session)?;
        let count = counts.entry(session).or_default();
        if *count >= self.per_session.load(Ordering::Relaxed).min(self.of_one_session) {
            return None;
        }
        *count += 1;
        Some(Share { budget: self.clone(), session })
    }

    fn counts(&self, session: &SessionId) -> Option<MutexGuard<'_, Counts>> {
        // Identifiers are random, so any byte of them spreads the sessions evenly.
        let part = session.as_bytes().last().map_or(0, |byte| usize::from(*byte) % PARTS);
        self.sessions.get(part).map(|counts| counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(mut counts) = self.budget.counts(&self.session) else { return };
        let Some(count) = counts.get_mut(&self.session) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&self.session);
        }
    }
}

/// A connection to an upstream, which takes room as long as it is open.
pub type Socket = Inspected<TcpStream, Room>;

impl Inspect for Room {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_free_again_and_what_is_full_gives_nothing() {
        let budget = Arc::new(Budget::new(8, Arc::new(AtomicU32::new(2))));
        let (one, other) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([17; 16]));
        let shares: Vec<Share> = (0..2).filter_map(|_| budget.share(one)).collect();
        assert_eq!(shares.len(), 2);
        assert!(budget.share(one).is_none());
        assert!(budget.share(other).is_some(), "another session of the same part has its own");
        drop(shares);
        assert!(budget.share(one).is_some());
        assert!(budget.sessions.iter().all(|counts| counts.lock().is_ok_and(|counts| counts.is_empty())));
        let rooms: Vec<Room> = (0..8).filter_map(|_| budget.room()).collect();
        assert_eq!(rooms.len(), 8);
        assert!(budget.room().is_none());
        drop(rooms);
        assert!(budget.room().is_some());
    }

    #[test]
    fn where_there_is_little_one_session_leaves_some_to_others() {
        let per_session = Arc::new(AtomicU32::new(256));
        for (altogether, expected) in [(0, 1), (3, 1), (75, 18), (1023, 255), (65_536, 256)] {
            let budget = Arc::new(Budget::new(altogether, per_session.clone()));
            let shares = (0..1000).map_while(|_| budget.share(SessionId::from_bytes([1; 16]))).collect::<Vec<_>>();
            assert_eq!(shares.len(), expected, "of {altogether}");
        }
    }
}
