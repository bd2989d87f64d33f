//! How many streams one person may reset on a connection that carries other people's too: an upstream ends a connection on
//! which too much is reset, and that must not end what others have on it. Who has used this up gets a connection of their own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use sekisho_model::facts::Handle;
use tokio::time::Instant;

/// The most streams of one person on such a connection that may yet be reset, or have been.
const MOST: f64 = 50.0;
/// Resets forgotten in a second. Servers accept at least 200 in 30 seconds on one connection.
const FORGOTTEN_PER_SECOND: f64 = 4.0;

/// What each person has left on one connection. Who is not in it has all.
#[derive(Default)]
pub(crate) struct Resets(RefCell<HashMap<Handle, Left>>);

struct Left {
    /// Streams that are open, and each may be reset.
    open: u32,
    /// Streams that were.
    reset: f64,
    since: Instant,
}

/// A stream that may be reset. Dropping it counts as a reset unless the stream came to its end.
pub(crate) struct Risk {
    resets: Rc<Resets>,
    person: Handle,
    is_over: Cell<bool>,
}

impl Resets {
    /// Whether a person may begin one more stream.
    pub(crate) fn allow(&self, person: Handle, now: Instant) -> bool {
        self.0.borrow_mut().get_mut(&person).is_none_or(|left| left.counted(now) < MOST)
    }

    /// A person begins a stream.
    pub(crate) fn begin(self: &Rc<Self>, person: Handle) -> Risk {
        let left = Left { open: 0, reset: 0.0, since: Instant::now() };
        self.0.borrow_mut().entry(person).or_insert(left).open += 1;
        Risk { resets: self.clone(), person, is_over: Cell::new(false) }
    }

    /// Forgets who has all again.
    pub(crate) fn forget(&self, now: Instant) {
        self.0.borrow_mut().retain(|_, left| left.counted(now) > 0.0);
    }
}

impl Left {
    fn counted(&mut self, now: Instant) -> f64 {
        self.reset =
            (self.reset - now.saturating_duration_since(self.since).as_secs_f64() * FORGOTTEN_PER_SECOND).max(0.0);
        self.since = now;
        f64::from(self.open) + self.reset
    }
}

impl Risk {
    /// The stream came to its end, or the upstream ended it.
    pub(crate) fn is_over(&self) {
        self.is_over.set(true);
    }
}

impl Drop for Risk {
    fn drop(&mut self) {
        if let Some(left) = self.resets.0.borrow_mut().get_mut(&self.person) {
            left.counted(Instant::now());
            left.open = left.open.saturating_sub(1);
            left.reset += if self.is_over.get() { 0.0 } else { 1.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sekisho_model::facts::{EntityType, Interner};

    use super::*;

    #[test]
    fn what_ends_is_free_again_and_what_is_reset_is_forgotten_slowly() {
        let interner = Interner::new();
        let [mallory, alice] =
            ["mallory", "alice"].map(|name| interner.intern(EntityType::User, name).expect("a handle"));
        let (resets, now) = (Rc::new(Resets::default()), Instant::now());
        let open: Vec<Risk> = (0..50).map(|_| resets.begin(mallory)).collect();
        assert!(!resets.allow(mallory, now) && resets.allow(alice, now));
        assert!(!resets.allow(mallory, now + Duration::from_secs(3600)), "what is open can be reset at any time");
        open.iter().for_each(Risk::is_over);
        drop(open);
        assert!(resets.allow(mallory, now));
        for _ in 0..100 {
            drop(resets.begin(mallory));
        }
        let then = Instant::now();
        assert!(!resets.allow(mallory, then) && resets.allow(alice, then));
        assert!(!resets.allow(mallory, then + Duration::from_secs(12)));
        assert!(resets.allow(mallory, then + Duration::from_secs(13)));
        resets.forget(then + Duration::from_secs(24));
        assert_eq!(resets.0.borrow().len(), 1);
        resets.forget(then + Duration::from_secs(26));
        assert!(resets.0.borrow().is_empty());
    }
}
