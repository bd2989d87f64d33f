//! How often one session is denied: each denial is a record on the disk, and somebody who is signed in could fill the disk
//! with them. Beyond a rate, denials are still denials, but they are counted instead of recorded one by one.

use std::collections::HashMap;

use sekisho_model::{SessionId, Timestamp};

/// What a session does not use is saved up for so long.
const SAVED_SECONDS: u32 = 50;

/// What is left to each session that was denied something lately.
#[derive(Default)]
pub(crate) struct Denials {
    sessions: HashMap<SessionId, Credit>,
}

#[derive(Clone, Copy)]
struct Credit {
    left: f64,
    at: Timestamp,
    per_second: f64,
}

impl Denials {
    /// Whether this denial gets a record of its own.
    pub(crate) fn are_few(&mut self, session: SessionId, now: Timestamp, per_second: u32) -> bool {
        let per_second = f64::from(per_second);
        let full = Credit { left: per_second * f64::from(SAVED_SECONDS), at: now, per_second };
        let credit = self.sessions.entry(session).or_insert(full);
        *credit = credit.at(now);
        let few = credit.left >= 1.0;
        if few {
            credit.left -= 1.0;
        }
        few
    }

    /// Forgets the sessions that have everything left.
    pub(crate) fn forget_the_calm(&mut self, now: Timestamp) {
        self.sessions.retain(|_, credit| !credit.at(now).is_full());
    }
}

impl Credit {
    fn at(self, now: Timestamp) -> Self {
        let milliseconds = u32::try_from(now.since(self.at).as_millis().max(0)).unwrap_or(u32::MAX);
        let earned = f64::from(milliseconds) / 1000.0 * self.per_second;
        Self { left: (self.left + earned).min(self.most()), at: now, ..self }
    }

    fn most(self) -> f64 {
        self.per_second * f64::from(SAVED_SECONDS)
    }

    fn is_full(self) -> bool {
        self.left >= self.most()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_beyond_the_rate_are_many_for_that_session_only() {
        let (mut denials, [one, other]) = (Denials::default(), [[1; 16], [2; 16]].map(SessionId::from_bytes));
        let at = Timestamp::from_millis;
        let few = (0..100).filter(|_| denials.are_few(one, at(0), 1)).count();
        assert_eq!(few, 50);
        assert!(denials.are_few(other, at(0), 1) && !denials.are_few(one, at(900), 1));
        assert!(denials.are_few(one, at(1000), 1) && !denials.are_few(one, at(1001), 1));
        denials.forget_the_calm(at(5000));
        assert_eq!(denials.sessions.len(), 1, "who is back at full credit is forgotten");
        assert!(!denials.are_few(one, at(-1), 1), "a clock that goes back gives nothing");
    }
}
