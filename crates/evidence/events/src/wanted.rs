//! Which events are asked for, and what was found.

use std::sync::Arc;

use sekisho_model::Timestamp;

use crate::{Class, Event, Position};

/// Which events are asked for: those that fit everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// Only about this person.
    pub person: Option<String>,
    /// Only about this resource.
    pub resource: Option<String>,
    /// Only for this reason, or with this code.
    pub reason: Option<String>,
    /// Only from this address.
    pub address: Option<String>,
    /// Only of this class.
    pub class: Option<Class>,
    /// Only before this place.
    pub before: Option<Position>,
}

/// What was found, newest first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The events.
    pub events: Vec<Arc<Event>>,
    /// Where a search for the rest begins; `None` when nothing is left. There may be more although this page is short.
    pub next: Option<Position>,
}

impl Wanted {
    /// Whether an event is asked for.
    #[must_use]
    pub fn fits(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| since <= event.at)
            && self.until.is_none_or(|until| event.at < until)
            && self.before.is_none_or(|before| event.position < before)
            && self.class.is_none_or(|class| class == event.class)
            && is(self.person.as_deref(), event.person.as_deref())
            && is(self.resource.as_deref(), event.resource.as_deref())
            && is(self.address.as_deref(), event.address.as_deref())
            && self
                .reason
                .as_deref()
                .is_none_or(|reason| event.reason.as_deref() == Some(reason) || event.code == reason)
    }
}

fn is(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}
