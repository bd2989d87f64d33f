//! Connections on which no live session was shown yet. Each keeps its slot until another connection needs it, and few of the
//! requests that it makes at once are served at a time: the others hold no more than they brought.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection_slots::{Account, ConnectionSlot};

/// The most requests of one such connection that are served at a time. A browser that signs in asks for fewer.
const AT_ONCE: usize = 8;

/// The connections of one worker, by their remote address and the number of their slot. One client may use one address and port
/// for connections to several listeners: the end of one of them leaves the others unauthenticated.
#[derive(Default)]
pub(crate) struct Unauthenticated(RefCell<BTreeMap<(SocketAddr, u64), Waiting>>);

struct Waiting {
    slot: Rc<ConnectionSlot>,
    turns: Arc<Semaphore>,
}

impl Unauthenticated {
    /// A connection was accepted.
    pub(crate) fn add(&self, peer: SocketAddr, slot: Rc<ConnectionSlot>) {
        let key = (peer, slot.number());
        self.0.borrow_mut().insert(key, Waiting { slot, turns: Arc::new(Semaphore::new(AT_ONCE)) });
    }

    /// It has ended.
    pub(crate) fn remove(&self, peer: SocketAddr, slot: &ConnectionSlot) {
        self.0.borrow_mut().remove(&(peer, slot.number()));
    }

    /// Whether no live session was shown on the connection from there yet.
    pub(crate) fn has(&self, peer: SocketAddr) -> bool {
        self.0.borrow().range(from(peer)).next().is_some()
    }

    /// A live session of that account was shown on the connection from there: it keeps its slot, and none of its requests waits any more.
    pub(crate) fn mark_authenticated(&self, peer: SocketAddr, account: Option<Account>) {
        let mut unauthenticated = self.0.borrow_mut();
        while let Some(key) = unauthenticated.range(from(peer)).next().map(|(key, _)| *key) {
            let Some(Waiting { slot, turns }) = unauthenticated.remove(&key) else { return };
            slot.keep(account);
            turns.close();
        }
    }

    /// A turn for one request of the connection from there, as soon as there is one; `None` when a live session was shown.
    pub(crate) async fn turn(&self, peer: SocketAddr) -> Option<OwnedSemaphorePermit> {
        let turns = self.0.borrow().range(from(peer)).next()?.1.turns.clone();
        turns.acquire_owned().await.ok()
    }
}

/// The connections from one remote address and port.
const fn from(peer: SocketAddr) -> RangeInclusive<(SocketAddr, u64)> {
    (peer, 0)..=(peer, u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayConfig;
    use crate::connection_slots::ConnectionSlots;
    use crate::tuning::Tuning;

    #[test]
    fn the_end_of_one_connection_makes_no_other_from_the_same_port_known() {
        let config = GatewayConfig::default();
        let slots = Arc::new(ConnectionSlots::new(&config, Arc::new(Tuning::new(&config))));
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let [to_one, to_another] = [0; 2].map(|_| Rc::new(slots.take(peer.ip()).expect("a slot")));
        let unauthenticated = Unauthenticated::default();
        unauthenticated.add(peer, to_one.clone());
        unauthenticated.add(peer, to_another.clone());
        unauthenticated.remove(peer, &to_another);
        assert!(unauthenticated.has(peer));
        unauthenticated.mark_authenticated(peer, None);
        assert!(!unauthenticated.has(peer));
        unauthenticated.add(peer, to_another.clone());
        unauthenticated.remove(peer, &to_one);
        assert!(unauthenticated.has(peer), "who left was known before");
    }
}
