//! How many tools each subject called in this hour.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sekisho_model::Timestamp;
use sekisho_model::facts::Handle;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// The calls of this hour of the clock, by subject. One of the process, so that the workers of a gateway count together.
#[derive(Debug, Default)]
pub struct Budgets(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    hour: i64,
    calls: HashMap<Handle, u32>,
}

impl Budgets {
    /// Counts a call. Returns how many there were before it.
    // INVARIANT I-58: a call is counted before it is decided, so calls at the same time do not all count as the last one.
    pub fn take(&self, subject: Handle, now: Timestamp) -> u32 {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = now.as_millis().div_euclid(HOUR);
        if counted.hour != hour {
            *counted = Counted { hour, calls: HashMap::new() };
        }
        let calls = counted.calls.entry(subject).or_default();
        let before = *calls;
        *calls = calls.saturating_add(1);
        before
    }

    /// Takes a call back that was not permitted.
    pub fn give_back(&self, subject: Handle, taken: Timestamp) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.hour == taken.as_millis().div_euclid(HOUR)
            && let Some(calls) = counted.calls.get_mut(&subject)
        {
            *calls = calls.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::facts::{EntityType, Interner};

    use super::*;

    #[test]
    fn i58_calls_are_counted_by_subject_and_hour() {
        let interner = Interner::default();
        let handle = |name: &str| interner.intern(EntityType::Workload, name).expect("a handle");
        let (one, other) = (handle("one"), handle("other"));
        let budgets = Budgets::default();
        let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
        assert_eq!([budgets.take(one, at(0)), budgets.take(one, at(59)), budgets.take(other, at(59))], [0, 1, 0]);
        budgets.give_back(one, at(59));
        assert_eq!(budgets.take(one, at(59)), 1, "what was not permitted does not count");
        assert_eq!(budgets.take(one, at(60)), 0, "a new hour");
        budgets.give_back(one, at(59));
        assert_eq!(budgets.take(one, at(61)), 1, "a call of the last hour is not taken back from this one");
    }
}
