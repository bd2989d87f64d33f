//! The state of the capability: how each source stands, and which are to be read at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::standing::Standing;

/// How the sources stand. Clones share it.
#[derive(Debug, Clone)]
pub struct Vulnerabilities {
    folder: Arc<PathBuf>,
    standings: watch::Sender<Vec<Standing>>,
    requested: watch::Sender<BTreeSet<String>>,
    wake: Arc<Notify>,
}

impl Vulnerabilities {
    /// With the folder below which sources are read. It need not exist.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder: Arc::new(folder),
            standings: watch::Sender::default(),
            requested: watch::Sender::default(),
            wake: Arc::default(),
        }
    }

    /// How each source stood after the last turn of this process, in the order of identifiers.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.standings.borrow().clone()
    }

    /// Where the sources are read.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets a source be read at once.
    pub(crate) fn request(&self, source: &str) {
        self.requested.send_modify(|requested| {
            requested.insert(source.to_owned());
        });
        self.wake.notify_one();
    }

    /// The sources that are to be read at once; they are forgotten.
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
