//! The state of the task: what was read of the ledger, and what was counted of the World and when.

use std::sync::Arc;
use std::time::Duration;

use sekisho_capability::Services;
use sekisho_ledger::Filter;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use tokio::time::Instant;

use crate::figures::{Figures, LedgerFigures};
use crate::fleet::Fleet;
use crate::hour::Hour;
use crate::overview::Overview;
use crate::people::People;

/// The most entries that are read at once: as many as the ledger has at hand.
const AT_HAND: u64 = 16_384;
/// The shortest time between two counts of the World.
const COUNT_EVERY: Duration = Duration::from_secs(4);
/// How long after a count a World with the same documents is counted again: devices grow stale and sessions end with time.
const COUNT_AGAIN: Duration = Duration::from_secs(20);
/// How many times longer than a count takes nothing is counted: a large World costs no more than 2 % of a core.
const REST: u32 = 50;

/// What the task knows between its turns.
pub(crate) struct Counting {
    overview: Overview,
    services: Services,
    hour: Hour,
    /// The first entry that was not read yet.
    next: u64,
    counted: Option<Counted>,
}

struct Counted {
    revision: u64,
    ended: Instant,
    took: Duration,
    fleet: Fleet,
    people: People,
    sealed_at: Option<Timestamp>,
    backed_up: Option<Timestamp>,
}

impl Counting {
    pub(crate) fn new(overview: Overview, services: Services) -> Self {
        Self { overview, services, hour: Hour::default(), next: 0, counted: None }
    }

    /// Reads what the ledger took since the last turn, counts the World if that is due, and publishes.
    pub(crate) async fn turn(&mut self) -> Result<(), String> {
        let now = self.services.clock.now();
        self.read(now).await;
        if self.is_due() {
            self.count(now).await?;
        }
        let Some(counted) = &self.counted else { return Ok(()) };
        let ledger = &self.services.ledger;
        self.overview.publish(Figures {
            at: now,
            minutes: self.hour.minutes(now),
            reasons: self.hour.reasons(),
            delays: self.hour.delays(),
            fleet: counted.fleet,
            people: counted.people.clone(),
            ledger: LedgerFigures { standing: ledger.standing(), size: ledger.size(), sealed_at: counted.sealed_at },
            backed_up: counted.backed_up,
        });
        Ok(())
    }

    async fn read(&mut self, now: Timestamp) {
        self.hour.forget(now);
        let size = self.services.ledger.size();
        let new = usize::try_from(size.saturating_sub(self.next).min(AT_HAND)).unwrap_or_default();
        if new == 0 {
            return;
        }
        // The newest that are no seals, as many as there are new entries: older ones among them were read before.
        let filter = Filter { before: Some(size), ..Filter::default() };
        let recent = self.services.ledger.recent(new, filter).await;
        for (_, record) in recent.iter().filter(|(index, _)| *index >= self.next) {
            self.hour.add(record, now);
        }
        self.next = size;
    }

    fn is_due(&self) -> bool {
        let Some(counted) = &self.counted else { return true };
        let age = counted.ended.elapsed();
        let is_other = self.services.world.borrow().revision() != counted.revision;
        age >= COUNT_EVERY.max(counted.took * REST) && (is_other || age >= COUNT_AGAIN)
    }

    async fn count(&mut self, now: Timestamp) -> Result<(), String> {
        let world = Arc::clone(&self.services.world.borrow());
        let (revision, begun) = (world.revision(), Instant::now());
        let counted = tokio::task::spawn_blocking(move || (Fleet::of(&world, now), People::of(&world, now)));
        let (fleet, people) = counted.await.map_err(|error| error.to_string())?;
        let took = begun.elapsed();
        let sealed_at = self.sealed_at().await?;
        let backed_up = self.overview.backed_up();
        self.counted = Some(Counted { revision, ended: Instant::now(), took, fleet, people, sealed_at, backed_up });
        Ok(())
    }

    /// When the ledger's head was last sealed in the store. A head that did not grow is not sealed again: it is as of now.
    async fn sealed_at(&self) -> Result<Option<Timestamp>, String> {
        let Some(document) = self.services.ledger.sealed_as() else { return Ok(None) };
        let found = self.services.store.get(Kind::Key, document).await.map_err(|error| error.to_string())?;
        Ok(found.map(|found| found.at))
    }
}
