//! The system's clock, held against the time that passed and the last time that was seen.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use sekisho_model::{Span, Timestamp};

use crate::reckoning::{Bounds, ClockStanding, Reckoning};

/// How long a platform may have been stopped before its clock counts as ahead.
const STOPPED: Span = Span::from_minutes(30 * 24 * 60);

/// The system's clock. While it shows a time that cannot be, time goes on as it passes.
#[derive(Debug)]
pub struct GuardedClock {
    /// Held for a few instructions.
    state: Mutex<(Reckoning, Bounds)>,
}

impl GuardedClock {
    /// A clock that may be off by up to `bound`, of a platform that last saw that time; `None` for one that never ran.
    #[must_use]
    pub fn new(bound: Span, last_seen: Option<Timestamp>) -> Self {
        let bounds = Bounds { off: bound.as_millis(), stopped: STOPPED.as_millis() };
        let shown = last_seen.map_or_else(system, Timestamp::as_millis);
        let reckoning = Reckoning { shown, passed: passed(), is_anchored: last_seen.is_none(), floor: shown };
        Self { state: Mutex::new((reckoning, bounds)) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.look().0)
    }

    pub(crate) fn standing(&self) -> ClockStanding {
        self.look().1
    }

    pub(crate) fn accept(&self) {
        let shown = system();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = Reckoning { shown, passed: passed(), is_anchored: true, floor: shown };
    }

    pub(crate) fn set_bound(&self, bound: Span) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.off = bound.as_millis();
    }

    fn look(&self) -> (i64, ClockStanding) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: a thread that was stopped in between would take the past for a step back.
        let (time, standing, next) = state.0.at(system(), passed(), state.1);
        state.0 = next;
        (time, standing)
    }
}

/// What the system's clock shows, in milliseconds since 1970.
fn system() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What passed since the machine started, in milliseconds, the time in which it slept included. Nobody sets it.
fn passed() -> i64 {
    let passed = clock_gettime(ClockId::Boottime);
    passed.tv_sec.saturating_mul(1000).saturating_add(passed.tv_nsec / 1_000_000)
}
