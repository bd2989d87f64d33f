//! Connections on which no live session was shown yet. Each has its place for as long as nobody known needs it, and of the
//! requests that it makes at once few are served at a time: the others hold no more than they brought.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::places::Place;

/// So many requests of one stranger's connection are served at a time. A browser that signs in asks for fewer.
const AT_ONCE: usize = 8;

/// The strangers of one worker, by their remote address and the number of their place. One client may use one address and port
/// for connections to several listeners: then each of them is a stranger for itself, and the end of one leaves the others such.
#[derive(Default)]
pub(crate) struct Strangers(RefCell<BTreeMap<(SocketAddr, u64), Stranger>>);

struct Stranger {
    place: Rc<Place>,
    turns: Arc<Semaphore>,
}

impl Strangers {
    /// A connection was accepted.
    pub(crate) fn came(&self, peer: SocketAddr, place: Rc<Place>) {
        let key = (peer, place.number());
        self.0.borrow_mut().insert(key, Stranger { place, turns: Arc::new(Semaphore::new(AT_ONCE)) });
    }

    /// It has ended.
    pub(crate) fn left(&self, peer: SocketAddr, place: &Place) {
        self.0.borrow_mut().remove(&(peer, place.number()));
    }

    /// Whether no live session was shown on the connection from there yet.
    pub(crate) fn has(&self, peer: SocketAddr) -> bool {
        self.0.borrow().range(from(peer)).next().is_some()
    }

    /// A live session was shown on the connection from there: it keeps its place, and nothing of it waits any more.
    pub(crate) fn greet(&self, peer: SocketAddr) {
        let mut strangers = self.0.borrow_mut();
        while let Some(key) = strangers.range(from(peer)).next().map(|(key, _)| *key) {
            let Some(Stranger { place, turns }) = strangers.remove(&key) else { return };
            place.is_known();
            turns.close();
        }
    }

    /// A turn for one request of the connection from there, as soon as there is one. Who is known needs none.
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
    use crate::GatewayConfig;
    use crate::places::Places;
    use crate::tuning::Tuning;

    #[test]
    fn the_end_of_one_connection_makes_no_other_from_the_same_port_known() {
        let config = GatewayConfig::default();
        let places = Arc::new(Places::new(&config, Arc::new(Tuning::new(&config))));
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let [to_one, to_another] = [0; 2].map(|_| Rc::new(places.take(peer.ip()).expect("a place")));
        let strangers = Strangers::default();
        strangers.came(peer, to_one.clone());
        strangers.came(peer, to_another.clone());
        strangers.left(peer, &to_another);
        assert!(strangers.has(peer));
        strangers.greet(peer);
        assert!(!strangers.has(peer));
        strangers.came(peer, to_another.clone());
        strangers.left(peer, &to_one);
        assert!(strangers.has(peer), "who left was known before");
    }
}
