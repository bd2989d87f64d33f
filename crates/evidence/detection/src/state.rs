//! The state: the rules, and how often each matched.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sekisho_model::Timestamp;
use tokio::sync::watch;

use crate::Rule;

/// Detection. Clones share it.
#[derive(Debug, Clone)]
pub struct Detection {
    pub(crate) folder: Arc<PathBuf>,
    pub(crate) standing: watch::Sender<Standing>,
}

/// How detection stands.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The rules.
    pub rules: Arc<Vec<Rule>>,
    /// How often a rule matched since the start, and when last.
    pub matches: BTreeMap<String, (u64, Timestamp)>,
    /// How many events were asked about.
    pub asked: u64,
    /// Why rules are not in force, where they are not.
    pub problem: Option<String>,
}

impl Detection {
    /// Detection with the program's own rules and those in that folder. Its task asks them.
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
