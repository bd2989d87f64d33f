//! When sessions were last used, reported about once a second.

use std::cell::RefCell;

use sekisho_model::{SessionId, Timestamp};
use tokio::sync::mpsc;

use crate::callbacks::SessionActivity;

/// The use of sessions that one worker has noted and not yet reported.
pub(crate) struct ActivityReporter {
    noted: RefCell<foldhash::HashMap<SessionId, Timestamp>>,
    reports: mpsc::Sender<Vec<SessionActivity>>,
}

impl ActivityReporter {
    pub(crate) fn new(reports: mpsc::Sender<Vec<SessionActivity>>) -> Self {
        Self { noted: RefCell::default(), reports }
    }

    /// Notes that a session was used.
    pub(crate) fn note(&self, session: SessionId, now: Timestamp) {
        self.noted.borrow_mut().insert(session, now);
    }

    /// Reports what was noted. A full channel loses it.
    pub(crate) fn report(&self) {
        let mut noted = self.noted.borrow_mut();
        if !noted.is_empty() {
            let batch = noted.drain().map(|(session, at)| SessionActivity { session, at }).collect();
            let _ = self.reports.try_send(batch);
        }
    }
}
