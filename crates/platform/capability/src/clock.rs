//! The time, as an argument.

use std::fmt;
use std::sync::Arc;

use sekisho_model::Timestamp;

use crate::{ClockStanding, GuardedClock};

/// Tells the time: the system's, guarded, in a running platform, their own in tests. Clones share it.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    Function(Arc<dyn Fn() -> Timestamp + Send + Sync>),
    Guarded(Arc<GuardedClock>),
}

impl Clock {
    /// A clock that asks this function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Function(Arc::new(now)))
    }

    /// The system's clock, guarded.
    #[must_use]
    pub fn guarded(clock: GuardedClock) -> Self {
        Self(Source::Guarded(Arc::new(clock)))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Function(now) => now(),
            Source::Guarded(clock) => clock.now(),
        }
    }

    /// Whether the system's clock can be right.
    #[must_use]
    pub fn standing(&self) -> ClockStanding {
        match &self.0 {
            Source::Function(_) => ClockStanding::Plausible,
            Source::Guarded(clock) => clock.standing(),
        }
    }

    /// Goes by what the system's clock shows from here on, whatever was seen before.
    pub fn accept(&self) {
        if let Source::Guarded(clock) = &self.0 {
            clock.accept();
        }
    }

    /// Sets how far the system's clock may be off.
    pub fn set_bound(&self, bound: sekisho_model::Span) {
        if let Source::Guarded(clock) = &self.0 {
            clock.set_bound(bound);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
