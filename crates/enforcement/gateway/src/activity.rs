//! When sessions were last used. The first use of a session in a second, by the clock, is reported at once, later ones once a second.
//!
//! A session that is idle for too long is ended elsewhere: a use that is reported late must not look like none.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;

use sekisho_model::{SessionId, Span, Timestamp};
use tokio::sync::mpsc;

use crate::callbacks::SessionActivity;

/// The most sessions whose use is reported at once in one second; what is beyond waits for the report of that second.
const MOST_AT_ONCE: u32 = 64;

/// The use of sessions that one worker has noted since its last report.
pub(crate) struct ActivityReporter {
    noted: RefCell<foldhash::HashMap<SessionId, Noted>>,
    at_once: Cell<u32>,
    reports: mpsc::Sender<Vec<SessionActivity>>,
}

/// The last use of a session, and the last one that was reported.
struct Noted {
    at: Timestamp,
    reported: Option<Timestamp>,
}

/// After this time a further use is reported at once: the clock may have been set, and two uses of one moment be hours apart.
const AT_ONCE_AFTER: Span = Span::from_seconds(1);

impl ActivityReporter {
    pub(crate) fn new(reports: mpsc::Sender<Vec<SessionActivity>>) -> Self {
        Self { noted: RefCell::default(), at_once: Cell::new(0), reports }
    }

    /// Notes that a session was used.
    pub(crate) fn note(&self, session: SessionId, now: Timestamp) {
        match self.noted.borrow_mut().entry(session) {
            Entry::Occupied(mut noted) => {
                let noted = noted.get_mut();
                noted.at = now;
                let is_due = noted.reported.is_some_and(|reported| now.since(reported) >= AT_ONCE_AFTER);
                if is_due && self.report_at_once(session, now) {
                    noted.reported = Some(now);
                }
            }
            Entry::Vacant(vacant) => {
                let reported = self.report_at_once(session, now).then_some(now);
                vacant.insert(Noted { at: now, reported });
            }
        }
    }

    /// Reports what was noted and not reported. A full channel loses it.
    pub(crate) fn report(&self) {
        self.at_once.set(0);
        let mut noted = self.noted.borrow_mut();
        let rest = noted.drain().filter(|(_, noted)| noted.reported != Some(noted.at));
        let batch: Vec<_> = rest.map(|(session, noted)| (session, noted.at)).collect();
        if !batch.is_empty() {
            let _ = self.reports.try_send(batch);
        }
    }

    fn report_at_once(&self, session: SessionId, at: Timestamp) -> bool {
        let sent = self.at_once.get();
        if sent >= MOST_AT_ONCE {
            return false;
        }
        self.at_once.set(sent + 1);
        self.reports.try_send(vec![(session, at)]).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    fn drained(seen: &mut mpsc::Receiver<Vec<SessionActivity>>) -> Vec<(SessionId, i64)> {
        let mut all = Vec::new();
        while let Ok(batch) = seen.try_recv() {
            all.extend(batch.into_iter().map(|(session, at)| (session, at.as_millis())));
        }
        all
    }

    #[test]
    fn the_first_use_is_reported_at_once_and_the_last_with_the_second() {
        let (reports, mut seen) = mpsc::channel(8);
        let reporter = ActivityReporter::new(reports);
        let note = |at| reporter.note(session(1), Timestamp::from_millis(at));
        note(1);
        assert_eq!(drained(&mut seen), [(session(1), 1)]);
        note(2);
        note(3);
        assert_eq!(drained(&mut seen), []);
        reporter.report();
        assert_eq!(drained(&mut seen), [(session(1), 3)]);
        reporter.report();
        assert_eq!(drained(&mut seen), [], "what was reported is not reported again");
        note(4);
        assert_eq!(drained(&mut seen), [(session(1), 4)]);
        note(1003);
        assert_eq!(drained(&mut seen), []);
        note(1004);
        assert_eq!(drained(&mut seen), [(session(1), 1004)], "a second has passed by the clock");
    }

    #[test]
    fn many_sessions_and_a_full_channel_wait_for_the_report() {
        let (reports, mut seen) = mpsc::channel(300);
        let reporter = ActivityReporter::new(reports);
        for number in 0..=255 {
            reporter.note(session(number), Timestamp::from_millis(1));
        }
        assert_eq!(u32::try_from(drained(&mut seen).len()), Ok(MOST_AT_ONCE));
        reporter.report();
        assert_eq!(drained(&mut seen).len(), 256 - MOST_AT_ONCE as usize);
        let (reports, mut seen) = mpsc::channel(1);
        let reporter = ActivityReporter::new(reports);
        reporter.note(session(1), Timestamp::from_millis(1));
        reporter.note(session(2), Timestamp::from_millis(1));
        assert_eq!(drained(&mut seen), [(session(1), 1)]);
        reporter.report();
        assert_eq!(drained(&mut seen), [(session(2), 1)]);
    }
}
