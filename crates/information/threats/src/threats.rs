//! The state of the capability: how each feed stands, and which are to be read at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::standing::Standing;

/// How the feeds stand. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Threats {
    standings: watch::Sender<Vec<Standing>>,
    requested: watch::Sender<BTreeSet<String>>,
    wake: Arc<Notify>,
}

impl Threats {
    /// How each feed stood after the last turn of this process, in the order of identifiers.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.standings.borrow().clone()
    }

    /// Lets a feed be read at once.
    pub(crate) fn request(&self, feed: &str) {
        self.requested.send_modify(|requested| {
            requested.insert(feed.to_owned());
        });
        self.wake.notify_one();
    }

    /// The feeds that are to be read at once; they are forgotten.
    pub(crate) fn take_requested(&self) -> BTreeSet<String> {
        self.requested.send_replace(BTreeSet::new())
    }

    pub(crate) fn publish(&self, standings: Vec<Standing>) {
        self.standings.send_replace(standings);
    }

    pub(crate) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }
}
