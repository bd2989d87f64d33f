//! The state: the folder of the files, and how they and the profiles stand.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::FileStanding;

/// Behaviour. Clones share it.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub(crate) folder: Arc<PathBuf>,
    pub(crate) standing: watch::Sender<Standing>,
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The files of places.
    pub files: Vec<FileStanding>,
    /// How many people something is known of.
    pub profiles: usize,
    /// How many of them have enough history.
    pub enough: usize,
    /// How many assessments of networks are stored.
    pub networks: usize,
    /// How many signals were raised since the start.
    pub raised: usize,
}

impl Behaviour {
    /// Behaviour with the files of places in that folder. Its task learns.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Arc::new(folder), standing: watch::Sender::default() }
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }
}
