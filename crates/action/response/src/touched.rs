//! Whom automatic responses touched lately: what the limit of a playbook is held against.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_model::{Span, Timestamp};

/// The longest time over which a playbook counts: seven days.
const LONGEST: Span = Span::from_minutes(7 * 24 * 60);

/// When automatic responses touched whom, of all playbooks together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched(BTreeMap<String, BTreeSet<Timestamp>>);

impl Touched {
    /// An automatic response touched somebody.
    pub(crate) fn add(&mut self, who: &str, at: Timestamp) {
        self.0.entry(who.to_owned()).or_default().insert(at);
    }

    /// Whether one more automatic response to this person keeps within `most` people in the time before `now`.
    // INVARIANT I-53: automatic responses touch at most as many people within the window as the playbook says.
    pub(crate) fn leaves_room(&self, who: &str, most: u32, window: Span, now: Timestamp) -> bool {
        let from = now.plus(Span::from_millis(-window.as_millis()));
        // One that is written with a time ahead of ours counts too.
        let is_within = |times: &BTreeSet<Timestamp>| times.last().is_some_and(|at| *at > from);
        let others = self.0.iter().filter(|(other, times)| *other != who && is_within(times)).count();
        u32::try_from(others).is_ok_and(|others| others < most)
    }

    /// Forgets what no playbook counts any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let from = now.plus(Span::from_millis(-LONGEST.as_millis()));
        self.0.retain(|_, times| times.last().is_some_and(|at| *at > from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(0).plus(Span::from_minutes(minute))
    }

    #[test]
    fn i53_the_limit_counts_people_of_all_playbooks_and_not_responses() {
        let (mut touched, window) = (Touched::default(), Span::from_minutes(60));
        assert!(touched.leaves_room("alice", 1, window, at(0)));
        touched.add("alice", at(0));
        touched.add("alice", at(1));
        assert!(touched.leaves_room("alice", 1, window, at(2)), "she is counted once");
        assert!(!touched.leaves_room("bob", 1, window, at(2)));
        assert!(touched.leaves_room("bob", 2, window, at(2)));
        touched.add("bob", at(2));
        assert!(!touched.leaves_room("carol", 2, window, at(60)), "alice was touched again at 1");
        assert!(touched.leaves_room("carol", 2, window, at(61)));
        touched.forget(at(7 * 24 * 60 + 1));
        assert!(!touched.leaves_room("carol", 1, Span::from_minutes(7 * 24 * 60), at(7 * 24 * 60 + 1)));
    }

    #[test]
    fn i53_a_clock_that_goes_back_makes_no_room() {
        let mut touched = Touched::default();
        touched.add("alice", at(100));
        assert!(!touched.leaves_room("bob", 1, Span::from_minutes(1), at(50)));
    }
}
