//! How many denials of one asker are recorded: each is a record on the disk, and who asks must not choose how fast it fills.

use foldhash::HashMap;
use sekisho_model::{SessionId, Timestamp};

/// Denials of one asker in a window that are each recorded; further ones are denied and counted.
const RECORDED: u32 = 300;
/// The window, in milliseconds.
const WINDOW: i64 = 10_000;
/// The most askers of one window; more of them are not recorded one by one.
const MOST_ASKERS: usize = 100_000;

/// What was recorded of each asker in this window.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    window: i64,
    recorded: HashMap<SessionId, u32>,
}

impl Budget {
    /// Whether this denial gets a record of its own.
    pub(crate) fn has_room(&mut self, session: SessionId, now: Timestamp) -> bool {
        let window = now.as_millis().div_euclid(WINDOW);
        // A clock that goes back opens no window again.
        if window > self.window {
            self.window = window;
            self.recorded.clear();
        }
        if self.recorded.len() >= MOST_ASKERS && !self.recorded.contains_key(&session) {
            return false;
        }
        let recorded = self.recorded.entry(session).or_default();
        *recorded = recorded.saturating_add(1);
        *recorded <= RECORDED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_beyond_the_budget_are_many_for_that_asker_only() {
        let (mut budget, [one, other]) = (Budget::default(), [[1; 16], [2; 16]].map(SessionId::from_bytes));
        let at = Timestamp::from_millis;
        assert_eq!((0..1000).filter(|_| budget.has_room(one, at(10_001))).count(), 300);
        assert!(budget.has_room(other, at(19_999)));
        assert!(!budget.has_room(one, at(9_999)), "a clock that goes back gives nothing");
        assert!(budget.has_room(one, at(20_000)));
    }
}
