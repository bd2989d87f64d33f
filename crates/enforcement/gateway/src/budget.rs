//! How many connections to upstreams may be open at once: so many altogether, and so many exchanges of one session. One HTTP/2
//! connection of a client may ask for a hundred, so places for clients do not bound them; and each exchange holds a connection
//! to an upstream, or a window and one of the streams of a connection that others share.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use sekisho_model::SessionId;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use crate::tuning::Tuning;
use crate::write_through::write_through;
use crate::{GatewayConfig, descriptors};

/// Sessions are counted in so many parts, so that workers seldom wait for each other.
const PARTS: usize = 16;
/// Where few connections may be open, one session takes no more than such a part of them.
const PARTS_OF_SESSIONS: usize = 4;

type Counts = foldhash::HashMap<SessionId, u32>;

/// What of upstreams a gateway's clients hold, shared by its workers.
pub(crate) struct Budget {
    tuning: Arc<Tuning>,
    altogether: usize,
    /// However many exchanges a session may have: with these there is still room for others.
    of_one_session: u32,
    open: AtomicUsize,
    sessions: [Mutex<Counts>; PARTS],
}

/// One of the connections that may be open. It is free again when this is dropped.
pub(crate) struct Room(Arc<Budget>);

/// One of the exchanges that a session may have. It is free again when this is dropped.
pub(crate) struct Share {
    budget: Arc<Budget>,
    session: SessionId,
}

impl Budget {
    pub(crate) fn new(config: &GatewayConfig, tuning: Arc<Tuning>) -> Self {
        Self::of(descriptors::most_upstreams(config.connections), tuning)
    }

    fn of(altogether: usize, tuning: Arc<Tuning>) -> Self {
        let of_one_session = u32::try_from(altogether / PARTS_OF_SESSIONS).unwrap_or(u32::MAX).max(1);
        Self { tuning, altogether, of_one_session, open: AtomicUsize::new(0), sessions: Default::default() }
    }

    /// Room for one more connection; `None` when as many are open as may be.
    pub(crate) fn room(self: &Arc<Self>) -> Option<Room> {
        let more = |open: usize| (open < self.altogether).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Room(self.clone()))
    }

    /// A share for one more exchange of a session; `None` when it has as many as it may have.
    pub(crate) fn share(self: &Arc<Self>, session: SessionId) -> Option<Share> {
        let mut counts = self.counts(&session)?;
        let count = counts.entry(session).or_default();
        if *count >= self.tuning.upstreams_per_session().min(self.of_one_session) {
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
pub(crate) struct Socket {
    stream: TcpStream,
    room: Room,
}

impl Socket {
    pub(crate) const fn new(stream: TcpStream, room: Room) -> Self {
        Self { stream, room }
    }

    /// The connection, and the room that must be kept as long as it is open.
    pub(crate) fn into_parts(self) -> (TcpStream, Room) {
        (self.stream, self.room)
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, to)
    }
}

write_through!(Socket, stream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_free_again_and_what_is_full_gives_nothing() {
        let config = GatewayConfig { upstreams_per_session: 2, ..GatewayConfig::default() };
        let tuning = Arc::new(Tuning::new(&config));
        let budget = Arc::new(Budget::of(8, tuning));
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
        let tuning = Arc::new(Tuning::new(&GatewayConfig::default()));
        for (altogether, expected) in [(0, 1), (3, 1), (75, 18), (1023, 255), (65_536, 256)] {
            let budget = Arc::new(Budget::of(altogether, tuning.clone()));
            let shares = (0..1000).map_while(|_| budget.share(SessionId::from_bytes([1; 16]))).collect::<Vec<_>>();
            assert_eq!(shares.len(), expected, "of {altogether}");
        }
    }
}
