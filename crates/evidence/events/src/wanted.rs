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
    /// Without what was permitted at these resources: mostly the platform's own.
    pub without_permits_of: Vec<String>,
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
            && !self.leaves_out(event)
            && is(self.person.as_deref(), event.person.as_deref())
            && is(self.resource.as_deref(), event.resource.as_deref())
            && is(self.address.as_deref(), event.address.as_deref())
            && self
                .reason
                .as_deref()
                .is_none_or(|reason| event.reason.as_deref() == Some(reason) || event.code == reason)
    }

    fn leaves_out(&self, event: &Event) -> bool {
        let is_permitted = matches!(
            (event.code.as_str(), event.outcome.as_deref()),
            ("decision", Some("permit")) | ("access", Some("success"))
        );
        let of = |resource: &String| event.resource.as_deref() == Some(resource.as_str());
        is_permitted && self.without_permits_of.iter().any(of)
    }
}

fn is(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}
