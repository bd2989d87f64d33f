//! Connections on which no live session was shown yet. Each has its place for as long as nobody known needs it, and of the
//! requests that it makes at once few are served at a time: the others hold no more than they brought.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::places::Place;

/// So many requests of one stranger's connection are served at a time. A browser that signs in asks for fewer.
const AT_ONCE: usize = 8;

/// The strangers of one worker, by their remote address.
#[derive(Default)]
pub(crate) struct Strangers(RefCell<HashMap<SocketAddr, Stranger>>);

struct Stranger {
    place: Rc<Place>,
    turns: Arc<Semaphore>,
}

impl Strangers {
    /// A connection was accepted.
    pub(crate) fn came(&self, peer: SocketAddr, place: Rc<Place>) {
        self.0.borrow_mut().insert(peer, Stranger { place, turns: Arc::new(Semaphore::new(AT_ONCE)) });
    }

    /// It has ended.
    pub(crate) fn left(&self, peer: SocketAddr) {
        self.0.borrow_mut().remove(&peer);
    }

    /// Whether no live session was shown on the connection from there yet.
    pub(crate) fn has(&self, peer: SocketAddr) -> bool {
        self.0.borrow().contains_key(&peer)
    }

    /// A live session was shown on the connection from there: it keeps its place, and nothing of it waits any more.
    pub(crate) fn greet(&self, peer: SocketAddr) {
        if let Some(Stranger { place, turns }) = self.0.borrow_mut().remove(&peer) {
            place.is_known();
            turns.close();
        }
    }

    /// A turn for one request of the connection from there, as soon as there is one. Who is known needs none.
    pub(crate) async fn turn(&self, peer: SocketAddr) -> Option<OwnedSemaphorePermit> {
        let turns = self.0.borrow().get(&peer)?.turns.clone();
        turns.acquire_owned().await.ok()
    }
}
