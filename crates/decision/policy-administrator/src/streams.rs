//! The registry of open exchanges and streams.
//!
//! Step 14 of the life of a request, and the last.
//!
//! Most exchanges last milliseconds: they cost one slot and no index. What is still open at a tick is indexed by what its
//! decision reads, so that a change of one user, device or session decides only that one's streams again.

use std::collections::BTreeSet;

use sekisho_model::{AccessRequest, PresentedDevice, StreamEnd, Timestamp};
use sekisho_policy_engine::Permit;
use sekisho_policy_information::{Touched, World};
use slab::Slab;

use crate::Cut;
use crate::assess::{Assessment, assess, due, reads};
use crate::index::{Index, Listing, concerns};

/// A registered stream. A key is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamKey {
    place: usize,
    number: u64,
}

/// Every open exchange and stream of one worker, each with what the worker needs to end it.
#[derive(Debug)]
pub struct Streams<T> {
    entries: Slab<Entry<T>>,
    /// The places of the streams that are not indexed yet.
    young: Vec<usize>,
    index: Index,
    /// The last publication that was reassessed.
    seen: Option<u64>,
    opened: u64,
}

#[derive(Debug)]
struct Entry<T> {
    number: u64,
    request: AccessRequest,
    presented: Option<PresentedDevice>,
    due: Timestamp,
    listed: Listed,
    tag: T,
}

#[derive(Debug)]
enum Listed {
    /// At this position of `Streams::young`.
    Young(usize),
    Indexed(Listing),
}

/// A stream that ended by itself.
#[derive(Debug)]
pub struct Closed<T> {
    /// What the shell gave with it.
    pub tag: T,
    /// The request that opened it, as it was last refreshed.
    pub request: AccessRequest,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Streams<T> {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: Slab::new(), young: Vec::new(), index: Index::default(), seen: None, opened: 0 }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every open stream: its key, its request as it was last refreshed, and what the shell gave with it.
    pub fn iter(&self) -> impl Iterator<Item = (StreamKey, &AccessRequest, &T)> {
        self.entries
            .iter()
            .map(|(place, entry)| (StreamKey { place, number: entry.number }, &entry.request, &entry.tag))
    }

    /// Registers what a permit opened. `valid_until` is the decision's; give `now` when it is not known (a remembered
    /// permit), and the stream is decided again at the next tick. `presented` is the device whose certificate the connection
    /// showed.
    ///
    /// `world` is the worker's newest: when the permit was decided in another one, it is decided again at once.
    ///
    /// # Errors
    /// The [`Cut`] when it is no longer permitted: do not open it.
    pub fn open(
        &mut self,
        permit: &Permit,
        valid_until: Timestamp,
        presented: Option<&PresentedDevice>,
        world: &World,
        now: Timestamp,
        tag: T,
    ) -> Result<StreamKey, Box<Cut<T>>> {
        let request = permit.request().clone();
        let seen = *self.seen.get_or_insert(world.publication());
        // Older than what was reassessed already: whatever came since has not been seen by this stream.
        let late = world.publication() < seen;
        let due = if late { now } else { due(&request, valid_until, world) };
        self.opened = self.opened.wrapping_add(1);
        let presented = presented.cloned();
        let listed = Listed::Young(self.young.len());
        let place = self.entries.insert(Entry { number: self.opened, request, presented, due, listed, tag });
        self.young.push(place);
        if world.revision() != permit.world() {
            self.decide_again(place, world, now, world.published_at()).map_or(Ok(()), |cut| Err(Box::new(cut)))?;
        }
        Ok(StreamKey { place, number: self.opened })
    }

    /// Takes out a stream that ended by itself. `None` when it was cut before.
    pub fn close(&mut self, key: StreamKey) -> Option<Closed<T>> {
        self.entries.get(key.place).filter(|entry| entry.number == key.number)?;
        let entry = self.remove(key.place)?;
        Some(Closed { tag: entry.tag, request: entry.request })
    }

    /// Decides again every stream that the changes since the last World can affect. Call it for every new World.
    pub fn reassess(&mut self, world: &World, now: Timestamp) -> Vec<Cut<T>> {
        // INVARIANT I-10: whatever is not known to be untouched is decided again, and what is not permitted is cut.
        let (affected, since): (BTreeSet<usize>, Timestamp) = match self.seen.map(|seen| world.touched_since(seen)) {
            None => (self.places(), world.published_at()),
            Some(Touched::Nothing) => (BTreeSet::new(), now),
            Some(Touched::Everything { since }) => (self.places(), since),
            Some(Touched::Publications(publications)) => {
                let mut affected = self.index.affected(&publications);
                affected.extend(self.young.iter().copied().filter(|place| {
                    self.entries.get(*place).is_some_and(|entry| {
                        let reads = reads(&entry.request, entry.presented.as_ref(), world);
                        concerns(&publications, &entry.request.session().id, &reads)
                    })
                }));
                (affected, publications.first().map_or(now, |first| first.at))
            }
        };
        self.seen = Some(world.publication());
        affected.into_iter().filter_map(|place| self.decide_again(place, world, now, since)).collect()
    }

    /// Decides again every stream whose answer time may have changed. Call it every second with the newest World.
    pub fn tick(&mut self, world: &World, now: Timestamp) -> Vec<Cut<T>> {
        let mut cuts = self.reassess(world, now);
        cuts.extend(self.decide_due(world, now));
        for place in std::mem::take(&mut self.young) {
            if let Some(entry) = self.entries.get_mut(place) {
                let listing = entry.listing(world);
                self.index.insert(place, &listing);
                entry.listed = Listed::Indexed(listing);
            }
        }
        cuts
    }

    fn places(&self) -> BTreeSet<usize> {
        self.entries.iter().map(|(place, _)| place).collect()
    }

    fn decide_due(&mut self, world: &World, now: Timestamp) -> Vec<Cut<T>> {
        let is_due = |place: &usize| self.entries.get(*place).is_some_and(|entry| entry.due <= now);
        let young = self.young.iter().copied().filter(is_due);
        let due: Vec<(usize, Timestamp)> =
            young.chain(self.index.due(now)).filter_map(|place| Some((place, self.entries.get(place)?.due))).collect();
        due.into_iter().filter_map(|(place, since)| self.decide_again(place, world, now, since)).collect()
    }

    /// Decides one stream again and takes it out when it is not permitted. `since` is when what decides it came about.
    fn decide_again(&mut self, place: usize, world: &World, now: Timestamp, since: Timestamp) -> Option<Cut<T>> {
        let entry = self.entries.get_mut(place)?;
        match assess(&entry.request, entry.presented.as_ref(), world, now) {
            Assessment::Stands { request, due } => {
                (entry.request, entry.due) = (request, due);
                let listing = entry.listing(world);
                if let Listed::Indexed(old) = &mut entry.listed {
                    self.index.replace(place, old, &listing);
                    *old = listing;
                }
                None
            }
            Assessment::Ends { reason, decision } => {
                let entry = self.remove(place)?;
                let key = StreamKey { place, number: entry.number };
                let mut record = end_record(&entry.request, world, now, &reason.code);
                record.world = world.revision();
                record.delay_ms = u64::try_from(now.since(since).as_millis()).ok();
                Some(Cut { key, tag: entry.tag, reason, record, decision })
            }
        }
    }

    fn remove(&mut self, place: usize) -> Option<Entry<T>> {
        let entry = self.entries.try_remove(place)?;
        match &entry.listed {
            Listed::Indexed(listing) => self.index.remove(place, listing),
            Listed::Young(position) => {
                self.young.swap_remove(*position);
                let moved = self.young.get(*position).and_then(|place| self.entries.get_mut(*place));
                if let Some(moved) = moved {
                    moved.listed = Listed::Young(*position);
                }
            }
        }
        Some(entry)
    }
}

impl<T> Entry<T> {
    fn listing(&self, world: &World) -> Listing {
        Listing {
            session: self.request.session().id,
            reads: reads(&self.request, self.presented.as_ref(), world),
            due: self.due,
        }
    }
}

impl<T> Closed<T> {
    /// What the ledger keeps of a stream that ended by itself, with a stable code for why (`closed`, `upstream-closed`).
    #[must_use]
    pub fn record(&self, world: &World, now: Timestamp, reason: &str) -> StreamEnd {
        end_record(&self.request, world, now, reason)
    }
}

fn end_record(request: &AccessRequest, world: &World, now: Timestamp, reason: &str) -> StreamEnd {
    StreamEnd {
        at: now,
        request: request.id().clone(),
        subject: world.subject_name(request.subject()).to_string(),
        session: request.session().id,
        resource: world.id(request.resource()).to_string(),
        reason: reason.to_owned(),
        world: 0,
        delay_ms: None,
        carried: None,
    }
}
