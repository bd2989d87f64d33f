//! What everybody who looks is shown.

use sekisho_ledger::Standing;
use sekisho_model::Timestamp;

use crate::delays::Delays;
use crate::fleet::Fleet;
use crate::hour::{Counts, Minute};
use crate::people::People;

/// The figures as of one moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// When they were computed.
    pub at: Timestamp,
    /// The last hour, minute by minute, the oldest first.
    pub minutes: Vec<Minute>,
    /// The reasons of denials in it, the most frequent first.
    pub reasons: Vec<(String, u64)>,
    /// How long it took from facts to cuts in it.
    pub delays: Delays,
    /// The devices.
    pub fleet: Fleet,
    /// Who is signed in.
    pub people: People,
    /// The record.
    pub ledger: LedgerFigures,
    /// When a backup of the data folder was last made, if ever.
    pub backed_up: Option<Timestamp>,
}

/// How the record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerFigures {
    /// Whether entries can be recorded.
    pub standing: Standing,
    /// How many entries there are.
    pub size: u64,
    /// When its head was last sealed in the store.
    pub sealed_at: Option<Timestamp>,
}

impl Figures {
    /// Nothing counted yet.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            at: Timestamp::from_millis(0),
            minutes: Vec::new(),
            reasons: Vec::new(),
            delays: Delays::default(),
            fleet: Fleet::default(),
            people: People::default(),
            ledger: LedgerFigures { standing: Standing::Sound, size: 0, sealed_at: None },
            backed_up: None,
        }
    }

    /// The whole hour.
    #[must_use]
    pub fn hour(&self) -> Counts {
        self.minutes.iter().fold(Counts::default(), |sum, minute| Counts {
            permits: sum.permits + minute.counts.permits,
            challenges: sum.challenges + minute.counts.challenges,
            denials: sum.denials + minute.counts.denials,
            cuts: sum.cuts + minute.counts.cuts,
        })
    }
}
