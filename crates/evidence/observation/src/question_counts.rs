//! How the questions about names were answered: sums. Which names somebody asks about tells what they read and whom they meet; of names
//! that are on no list, nothing but these sums is kept.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a question was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It was about a name on no list, and went on.
    Unlisted,
    /// It was about a name on a list, and policies permitted it.
    Permitted,
    /// It was about a name on a list, and policies did not permit it.
    Denied,
    /// It was no question that is answered: malformed, of a type that is refused, or asked by nobody who is known.
    Refused,
    /// There was no answer: no server gave one, or nothing could be decided.
    Failed,
}

impl Answered {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Unlisted, Self::Permitted, Self::Denied, Self::Refused, Self::Failed];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unlisted => "unlisted",
            Self::Permitted => "permitted",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// How many questions were answered how, since the process began.
#[derive(Debug, Default)]
pub struct QuestionCounts {
    unlisted: AtomicU64,
    permitted: AtomicU64,
    denied: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl QuestionCounts {
    /// Adds one.
    pub fn add(&self, answered: Answered) {
        self.of(answered).fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self, answered: Answered) -> u64 {
        self.of(answered).load(Ordering::Relaxed)
    }

    const fn of(&self, answered: Answered) -> &AtomicU64 {
        match answered {
            Answered::Unlisted => &self.unlisted,
            Answered::Permitted => &self.permitted,
            Answered::Denied => &self.denied,
            Answered::Refused => &self.refused,
            Answered::Failed => &self.failed,
        }
    }
}
