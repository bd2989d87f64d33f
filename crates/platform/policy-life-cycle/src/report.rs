//! What a draft would have decided otherwise, while it runs beside the set.

use sekisho_model::{Outcome, Timestamp};
use serde::{Deserialize, Serialize};

/// The most rows of a report; what comes after them is counted only.
const MOST: usize = 500;

/// What a draft in report-only would have decided otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The text that was compared: another one begins another report.
    pub digest: String,
    /// How many decisions were compared.
    pub compared: u64,
    /// How many decisions were not compared: their session was over, or there were too many at once.
    pub passed_over: u64,
    /// How often the answer would have been another one, beyond the rows.
    pub more: u64,
    /// Each difference.
    pub rows: Vec<Difference>,
}

/// A difference: somebody would have got another answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Who asked.
    pub subject: String,
    /// For what.
    pub resource: String,
    /// What was to be done with it.
    pub action: String,
    /// What was answered.
    pub now: Outcome,
    /// What the draft would have answered.
    pub then: Outcome,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// The number of the last request.
    pub request: String,
}

impl Report {
    /// An empty report of a text.
    #[must_use]
    pub fn of(digest: String) -> Self {
        Self { digest, ..Self::default() }
    }

    /// How often the answer would have been another one.
    #[must_use]
    pub fn differences(&self) -> u64 {
        self.rows.iter().fold(self.more, |sum, row| sum.saturating_add(row.count))
    }

    /// Adds what was seen. Whether it is the first of its kind, and has a row.
    pub(crate) fn add(&mut self, seen: &Difference) -> bool {
        let same = |row: &&mut Difference| {
            (&row.subject, &row.resource, &row.action, row.now, row.then)
                == (&seen.subject, &seen.resource, &seen.action, seen.now, seen.then)
        };
        if let Some(row) = self.rows.iter_mut().find(same) {
            row.count = row.count.saturating_add(seen.count);
            row.last = seen.last;
            row.request.clone_from(&seen.request);
            return false;
        }
        if self.rows.len() >= MOST {
            self.more = self.more.saturating_add(seen.count);
            return false;
        }
        self.rows.push(seen.clone());
        true
    }
}
