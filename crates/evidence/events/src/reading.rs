//! Reads the ledger from where the last file of events ends, entry by entry and seal by seal.

use sekisho_ledger::{EntryKind, Filter, Ledger};
use sekisho_model::Record;

use crate::making::Making;
use crate::{Cursor, Event, EventsError, Position};

/// How many entries are read at once.
const WINDOW: u64 = 2_048;
/// How many turns a missing entry is waited for: another process may still publish it.
const PATIENCE: u32 = 40;

/// Where reading goes on, and what it needs to know of what was read.
#[derive(Debug)]
pub(crate) struct Reading {
    ledger: Ledger,
    making: Making,
    pub(crate) cursor: Cursor,
    waited: u32,
}

impl Reading {
    pub(crate) fn new(ledger: Ledger, cursor: Cursor) -> Self {
        Self { making: Making::new(ledger.clone()), ledger, cursor, waited: 0 }
    }

    /// Whether the ledger has entries that were not read.
    pub(crate) fn is_behind(&self) -> bool {
        self.cursor.next < self.ledger.size()
    }

    /// The events of the next entries, in order.
    ///
    /// # Errors
    /// When sealed accesses cannot be read.
    pub(crate) async fn turn(&mut self) -> Result<Vec<Event>, EventsError> {
        let end = (self.cursor.next + WINDOW).min(self.ledger.size());
        let mut events = Vec::new();
        for (entry, record) in self.window(end).await {
            if entry != self.cursor.next {
                self.waited += 1;
                if self.waited < PATIENCE {
                    break;
                }
                tracing::warn!(
                    from = self.cursor.next,
                    to = entry,
                    "entries of the ledger could not be read and have no events"
                );
            }
            self.waited = 0;
            match &record {
                Record::Seal { segment, bytes, .. } => self.accesses(entry, *segment, *bytes, &mut events).await?,
                record => events.extend(self.making.of_entry(entry, record).await),
            }
            self.cursor.next = entry + 1;
        }
        Ok(events)
    }

    /// The entries up to `end`, the oldest first, seals among them.
    async fn window(&self, end: u64) -> Vec<(u64, Record)> {
        let filter =
            |kind| Filter { kind, before: Some(end), after: self.cursor.next.checked_sub(1), ..Filter::default() };
        let count = usize::try_from(end.saturating_sub(self.cursor.next)).unwrap_or_default();
        let mut entries = self.ledger.search(count, filter(None)).await.entries;
        entries.extend(self.ledger.search(count, filter(Some(EntryKind::Seal))).await.entries);
        entries.sort_unstable_by_key(|(entry, _)| *entry);
        entries
    }

    async fn accesses(
        &mut self,
        entry: u64,
        segment: u64,
        bytes: u64,
        events: &mut Vec<Event>,
    ) -> Result<(), EventsError> {
        let from = if segment == self.cursor.segment { self.cursor.sealed } else { 0 };
        for (number, access) in (0..).zip(self.ledger.sealed_accesses(segment, from..bytes).await?) {
            events.extend(self.making.of_access(Position { entry, number }, &access).await);
        }
        (self.cursor.segment, self.cursor.sealed) = (segment, bytes);
        Ok(())
    }
}
