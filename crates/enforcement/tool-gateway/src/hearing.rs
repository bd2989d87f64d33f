//! How many messages of each subject are heard at the same time: each may hold memory before anything is decided.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sekisho_model::facts::Handle;

/// The most messages of one subject that are heard at the same time.
const MOST: u16 = 16;

/// Whose messages are being heard. One of the process.
#[derive(Debug, Default)]
pub struct Hearings(Mutex<HashMap<Handle, u16>>);

/// A message that is being heard. Its place is free when it is dropped.
#[derive(Debug)]
pub struct Hearing {
    hearings: Arc<Hearings>,
    subject: Handle,
}

impl Hearings {
    /// A place for one more message of a subject; `None` where it has too many.
    #[must_use]
    pub fn begin(self: &Arc<Self>, subject: Handle) -> Option<Hearing> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = heard.entry(subject).or_default();
        // INVARIANT I-57: who is permitted nothing holds a bounded part of the memory.
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Hearing { hearings: Arc::clone(self), subject })
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        let mut heard = self.hearings.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = heard.get_mut(&self.subject) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                heard.remove(&self.subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::facts::{EntityType, Interner};

    use super::*;

    #[test]
    fn i57_a_subject_has_a_bounded_number_of_messages_at_once() {
        let interner = Interner::default();
        let handle = |name: &str| interner.intern(EntityType::Workload, name).expect("a handle");
        let (one, other) = (handle("one"), handle("other"));
        let hearings = Arc::new(Hearings::default());
        let mut held: Vec<Hearing> = (0..MOST).map(|_| hearings.begin(one).expect("a place")).collect();
        assert!(hearings.begin(one).is_none());
        assert!(hearings.begin(other).is_some(), "another subject has its own places");
        held.pop();
        assert!(hearings.begin(one).is_some());
        drop(held);
        assert!(hearings.0.lock().expect("the count").is_empty());
    }
}
