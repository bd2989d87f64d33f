//! Every list in force.

use std::sync::Arc;

use sekisho_model::documents::NameAnswer;
use sekisho_model::{Name, ResourceId};

use crate::{DomainName, NameSet};

/// A list in force.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Which list.
    pub list: Name,
    /// The resource that its names stand for.
    pub resource: ResourceId,
    /// What is answered where the access is not permitted.
    pub answer: NameAnswer,
    /// Its names; `None` while they could never be read. It then holds no name and leaves none out: nobody knows what it holds.
    pub names: Option<Arc<NameSet>>,
}

/// Every list in force, in order of identifier.
#[derive(Debug, Clone, Default)]
pub struct Listings(Vec<Listing>);

impl Listings {
    /// These lists.
    #[must_use]
    pub const fn new(lists: Vec<Listing>) -> Self {
        Self(lists)
    }

    /// The lists.
    #[must_use]
    pub fn lists(&self) -> &[Listing] {
        &self.0
    }

    /// The lists that hold a name; `None` while one was never read, because it might.
    #[must_use]
    pub fn holding(&self, name: &DomainName) -> Option<Vec<&Listing>> {
        let mut holding = Vec::new();
        for listing in &self.0 {
            // INVARIANT I-49: a list that nobody could read may hold every name.
            if listing.names.as_ref()?.holds(name) {
                holding.push(listing);
            }
        }
        Some(holding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Covers;

    #[test]
    fn i49_a_list_that_was_never_read_may_hold_every_name() {
        let listing = |names| Listing {
            list: "ads".parse().expect("a name"),
            resource: "names-ads".parse().expect("a name"),
            answer: NameAnswer::NoName,
            names,
        };
        let mut set = NameSet::default();
        set.hold("ads.test".parse().expect("a name"), Covers::Both);
        let read = listing(Some(Arc::new(set)));
        let (ads, other): (DomainName, DomainName) =
            ("x.ads.test".parse().expect("a name"), "a.test".parse().expect("a name"));
        let holding = |lists: Vec<Listing>, name| Listings::new(lists).holding(name).map(|holding| holding.len());
        assert_eq!(holding(vec![read.clone()], &ads), Some(1));
        assert_eq!(holding(vec![read.clone()], &other), Some(0));
        assert_eq!(holding(vec![read, listing(None)], &other), None);
    }
}
