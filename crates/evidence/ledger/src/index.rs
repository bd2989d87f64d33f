//! The newest entries in memory, for look-ups.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use sekisho_model::{Record, RequestId};

use crate::filter::{EntryKind, Filter};
use crate::segment::Seal;

/// How many entries are kept at hand.
pub(crate) const AT_HAND: usize = 16_384;

/// The newest entries, and where the decision on each request among them is.
#[derive(Debug, Default)]
pub(crate) struct Index {
    first: u64,
    records: VecDeque<Arc<Record>>,
    decisions: HashMap<RequestId, u64>,
}

impl Index {
    /// An index that begins with that entry.
    pub(crate) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    pub(crate) fn push(&mut self, record: Arc<Record>) {
        let index = self.first + self.records.len() as u64;
        if let Record::Decision(decision) = &*record {
            self.decisions.insert(decision.request.clone(), index);
        }
        self.records.push_back(record);
        if self.records.len() > AT_HAND {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(Record::Decision(decision)) = self.records.pop_front().as_deref()
            && self.decisions.get(&decision.request) == Some(&self.first)
        {
            self.decisions.remove(&decision.request);
        }
        self.first += 1;
    }

    /// The newest decision on that request.
    pub(crate) fn decision(&self, request: &RequestId) -> Option<(u64, Arc<Record>)> {
        let index = *self.decisions.get(request)?;
        let place = usize::try_from(index.checked_sub(self.first)?).ok()?;
        Some((index, Arc::clone(self.records.get(place)?)))
    }

    /// The oldest entry at hand.
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// The newest seal at hand.
    pub(crate) fn last_seal(&self) -> Option<Seal> {
        let filter = Filter { kind: Some(EntryKind::Seal), ..Filter::default() };
        let (index, record) = self.recent(1, &filter).pop()?;
        Seal::of(index, &record)
    }

    /// The newest entries that fit, newest first.
    pub(crate) fn recent(&self, count: usize, filter: &Filter) -> Vec<(u64, Arc<Record>)> {
        let end = self.first + self.records.len() as u64;
        (self.first..end)
            .rev()
            .zip(self.records.iter().rev())
            .filter(|(index, record)| filter.admits_index(*index) && filter.fits(record))
            .take(count)
            .map(|(index, record)| (index, Arc::clone(record)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::{Act, Actor, Timestamp};

    use super::*;

    #[test]
    fn the_oldest_makes_room_and_numbers_stay() {
        let act = |number: i64| {
            let (at, act, target) = (Timestamp::from_millis(number), "test".to_owned(), format!("thing/{number}"));
            Arc::new(Record::Act(Act { at, actor: Actor::System, act, target, detail: serde_json::Value::Null }))
        };
        let mut index = Index::starting_at(100);
        for number in 0..20_000 {
            index.push(act(number));
        }
        assert_eq!(index.records.len(), AT_HAND);
        let newest = index.recent(2, &Filter::default());
        assert_eq!(newest, [(20_099, act(19_999)), (20_098, act(19_998))]);
        assert_eq!(index.first(), 20_100 - AT_HAND as u64);
    }
}
