//! How transmitters stand at this process: what came last, for the people who look after them.

use std::collections::{BTreeMap, VecDeque};

use sekisho_model::documents::SignalEffect;
use sekisho_model::{Name, Timestamp};
use tokio::sync::watch;

/// How many events are kept; older ones are forgotten. The ledger holds every one.
const KEPT: usize = 50;

/// What became of an event that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// Nobody and nothing here is its subject.
    UnknownSubject,
    /// The document names nothing that events of this type do.
    NothingToDo,
    /// What it says was overtaken by a later event.
    Overtaken,
    /// It was received before.
    Repeated,
}

impl Outcome {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UnknownSubject => "unknown-subject",
            Self::NothingToDo => "nothing-to-do",
            Self::Overtaken => "overtaken",
            Self::Repeated => "repeated",
        }
    }
}

/// An event that was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) at: Timestamp,
    pub(crate) transmitter: Name,
    pub(crate) what: String,
    pub(crate) subject: String,
    pub(crate) effect: Option<SignalEffect>,
    pub(crate) outcome: Outcome,
}

/// How one transmitter stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// How many events counted.
    pub(crate) received: u64,
    /// How many requests were refused.
    pub(crate) refused: u64,
    pub(crate) received_at: Option<Timestamp>,
    /// The last refusal.
    pub(crate) problem: Option<(Timestamp, String)>,
}

/// How all stand. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(watch::Sender<All>);

#[derive(Debug, Default)]
struct All {
    of: BTreeMap<Name, Standing>,
    last: VecDeque<Received>,
}

impl Standings {
    /// Notes an event.
    pub(crate) fn received(&self, received: Received) {
        self.0.send_modify(|all| {
            let standing = all.of.entry(received.transmitter.clone()).or_default();
            standing.received += 1;
            standing.received_at = Some(received.at);
            all.last.truncate(KEPT - 1);
            all.last.push_front(received);
        });
    }

    /// Notes a refusal of what was sent to a transmitter that there is.
    pub(crate) fn refused(&self, transmitter: &Name, at: Timestamp, problem: String) {
        self.0.send_modify(|all| {
            let standing = all.of.entry(transmitter.clone()).or_default();
            standing.refused += 1;
            standing.problem = Some((at, problem));
        });
    }

    /// How one stands.
    pub(crate) fn of(&self, transmitter: &Name) -> Standing {
        self.0.borrow().of.get(transmitter).cloned().unwrap_or_default()
    }

    /// The last events, newest first.
    pub(crate) fn last(&self) -> Vec<Received> {
        self.0.borrow().last.iter().cloned().collect()
    }

    /// How many were received and refused.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let all = self.0.borrow();
        all.of.values().fold((0, 0), |(received, refused), one| (received + one.received, refused + one.refused))
    }
}
