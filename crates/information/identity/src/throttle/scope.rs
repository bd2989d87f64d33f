//! The failures of one kind of key: how many, since when, and how long the next attempt waits.

use std::collections::{BTreeSet, HashMap};

use sekisho_model::{Span, Timestamp};

use super::Key;

/// What one attempt did to one count.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) key: Key,
    /// The attempt with which the count was made, so that a count that was made again is not taken for it.
    made: u64,
    /// This attempt.
    number: u64,
    pub(super) failures_before: u32,
    last_before: Option<(Timestamp, u64)>,
}

/// How long a failure is remembered after the last one.
const MEMORY: Span = Span::from_minutes(60);

/// The failures of one kind of key.
#[derive(Debug)]
pub(super) struct Scope {
    capacity: usize,
    free: u32,
    longest: Span,
    pub(super) counts: HashMap<Key, Count>,
    pub(super) by_age: BTreeSet<(Timestamp, Key)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    /// The attempt with which it was made.
    made: u64,
    pub(super) failures: u32,
    pub(super) last: Timestamp,
    /// The attempt that was the last.
    latest: u64,
}

impl Scope {
    /// An empty one for at most that many keys. After `free` failures the delay doubles, up to the longest.
    pub(super) fn new(capacity: usize, free: u32, longest: Span) -> Self {
        Self { capacity, free, longest, counts: HashMap::new(), by_age: BTreeSet::new() }
    }

    /// How long this key must wait now.
    pub(super) fn wait(&self, key: &Key, now: Timestamp) -> Span {
        let Some(count) = self.counts.get(key) else { return Span::ZERO };
        let Some(over) = count.failures.checked_sub(self.free) else { return Span::ZERO };
        let delay = Span::from_seconds(1_i64 << over.min(20)).min(self.longest);
        count.last.plus(delay).since(now).max(Span::ZERO)
    }

    /// Counts a failure.
    pub(super) fn count(&mut self, key: Key, number: u64, now: Timestamp) -> Counted {
        self.drop_old(now);
        let before = self.counts.get(&key).copied();
        if let Some(count) = before {
            self.by_age.remove(&(count.last, key));
        }
        let made = before.map_or(number, |count| count.made);
        let failures_before = before.map_or(0, |count| count.failures);
        let count = Count { made, failures: failures_before.saturating_add(1), last: now, latest: number };
        self.counts.insert(key, count);
        self.by_age.insert((now, key));
        if self.counts.len() > self.capacity {
            self.drop_oldest();
        }
        Counted { key, made, number, failures_before, last_before: before.map(|count| (count.last, count.latest)) }
    }

    pub(super) fn undo(&mut self, counted: &Counted) {
        let Some(count) = self.counts.get_mut(&counted.key).filter(|count| count.made == counted.made) else { return };
        count.failures = count.failures.saturating_sub(1);
        if count.failures == 0 {
            return self.forget(&counted.key);
        }
        // Only where nobody tried after it: the time of a later attempt is that one's.
        if let Some((last, latest)) = counted.last_before.filter(|_| count.latest == counted.number) {
            self.by_age.remove(&(count.last, counted.key));
            (count.last, count.latest) = (last, latest);
            self.by_age.insert((last, counted.key));
        }
    }

    pub(super) fn forget(&mut self, key: &Key) {
        if let Some(count) = self.counts.remove(key) {
            self.by_age.remove(&(count.last, *key));
        }
    }

    fn drop_old(&mut self, now: Timestamp) {
        while self.by_age.first().is_some_and(|(last, _)| now.since(*last) > MEMORY) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first() {
            self.counts.remove(&key);
        }
    }
}
