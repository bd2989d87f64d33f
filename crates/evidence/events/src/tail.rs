//! The newest events, in memory: those that are not in a file yet, and a few that are.

use std::sync::Arc;

use imbl::Vector;

use crate::{Event, Position};

/// How many events that are in files already stay, for those who follow.
pub(crate) const KEPT: usize = 4_096;

/// The newest events, the oldest first. A snapshot: cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    pub(crate) events: Vector<Arc<Event>>,
    /// Events of this entry and later ones are here; earlier ones are in files.
    pub(crate) written: u64,
    /// The next entry of the ledger.
    pub(crate) next: u64,
    /// How many entries of the ledger have no events yet.
    pub(crate) behind: u64,
    /// Whether this process writes the files and sends events.
    pub(crate) is_writer: bool,
    /// How many events were made since the start.
    pub(crate) made: u64,
}

impl Tail {
    /// The events after a place, the oldest first.
    pub fn after(&self, position: Option<Position>) -> impl Iterator<Item = &Arc<Event>> {
        let start =
            position.map_or(0, |position| match self.events.binary_search_by(|event| event.position.cmp(&position)) {
                Ok(at) => at + 1,
                Err(at) => at,
            });
        self.events.iter().skip(start)
    }

    /// Whether this process writes the files, sends events and asks rules about them.
    #[must_use]
    pub const fn is_writer(&self) -> bool {
        self.is_writer
    }

    /// The place of the newest event.
    #[must_use]
    pub fn newest(&self) -> Option<Position> {
        self.events.last().map(|event| event.position)
    }
}
