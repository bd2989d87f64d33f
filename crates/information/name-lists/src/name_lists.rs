//! The state of the capability: the lists in force, how each stands, and how questions were answered.

use std::sync::Arc;

use sekisho_domain_names::Listings;
use sekisho_observation::QuestionCounts;
use tokio::sync::watch;

use crate::Standing;

/// The lists of names. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct NameLists {
    listings: watch::Sender<Option<Arc<Listings>>>,
    standings: watch::Sender<Vec<Standing>>,
    counts: Arc<QuestionCounts>,
    address: Option<Arc<str>>,
}

impl NameLists {
    /// Lists for a resolver that is asked at this address over HTTPS; `None` where none runs.
    #[must_use]
    pub fn new(address: Option<String>) -> Self {
        Self { address: address.map(Arc::from), ..Self::default() }
    }

    /// The lists in force, for the resolver; `None` until they are known.
    #[must_use]
    pub fn listings(&self) -> watch::Receiver<Option<Arc<Listings>>> {
        self.listings.subscribe()
    }

    /// Where it is counted how questions were answered.
    #[must_use]
    pub fn counts(&self) -> Arc<QuestionCounts> {
        Arc::clone(&self.counts)
    }

    /// How each list stands in this process, in the order of identifiers.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.standings.borrow().clone()
    }

    /// The address over HTTPS, without a token; `None` where no resolver runs.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    pub(crate) fn current(&self) -> Option<Arc<Listings>> {
        self.listings.borrow().clone()
    }

    pub(crate) fn publish(&self, listings: Listings, standings: Vec<Standing>) {
        self.listings.send_replace(Some(Arc::new(listings)));
        self.standings.send_replace(standings);
    }
}
