//! Where the record speaks of a request: every number that an answer carried is found, whatever became of the request.

use std::sync::Arc;

use sekisho_model::{AccessEvent, Act, DecisionRecord, Record, RequestId};

use crate::access_search;
use crate::filter::{EntryKind, Filter};
use crate::ledger::Ledger;

/// What the record says of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Traced {
    /// There was a decision on it: the entry's index, and the decision.
    Decided(u64, Box<DecisionRecord>),
    /// The decision on an earlier request covers it: that decision with its index, and the request's own event.
    Covered(u64, Box<DecisionRecord>, Box<AccessEvent>),
    /// There was nothing to decide: the act that says so.
    Undecided(u64, Box<Act>),
    /// It was refused before a decision: the sum that it is in.
    Refused(u64, Box<Act>),
}

/// How many ends of one request are found at most. There is one, as a rule.
const MOST_ENDS: usize = 16;

impl Ledger {
    /// What the record says of a request, by the decision with that index where one is named. A request can have several: where the part
    /// of the platform denies an act, the console is asked too.
    pub async fn trace_at(&self, request: &str, index: Option<u64>) -> Option<Traced> {
        let Some(index) = index else { return self.trace(request).await };
        match self.entry(index).await? {
            Record::Decision(decision) if decision.request.as_str() == request => {
                Some(Traced::Decided(index, decision))
            }
            _ => None,
        }
    }

    /// The ends of what a decision had opened, newest first.
    pub async fn ends(&self, decided: u64, request: &RequestId) -> Vec<(u64, Record)> {
        let request = Some(request.clone());
        let filter = Filter { kind: Some(EntryKind::StreamEnd), request, after: Some(decided), ..Filter::default() };
        self.search(MOST_ENDS, filter).await.entries
    }

    /// What the record says of a request.
    pub async fn trace(&self, request: &str) -> Option<Traced> {
        if let Some((index, decision)) = self.recent_decision(request).await {
            return Some(Traced::Decided(index, Box::new(decision)));
        }
        let id = RequestId::new(request);
        let acts = Filter { kind: Some(EntryKind::Act), request: Some(id.clone()), ..Filter::default() };
        if let Some((index, Record::Act(act))) = self.recent(1, acts).await.pop() {
            return Some(Traced::Undecided(index, Box::new(act)));
        }
        let folder = Arc::clone(&self.folder);
        let searched = id.clone();
        let event = tokio::task::spawn_blocking(move || access_search::event(&folder, &searched)).await.ok().flatten();
        if let Some(event) = event.filter(|event| event.decision != id) {
            let (index, decision) = self.find_decision(event.decision.as_str()).await?;
            return Some(Traced::Covered(index, Box::new(decision), Box::new(event)));
        }
        let of = |kind| Filter { kind: Some(kind), request: Some(id.clone()), ..Filter::default() };
        if let Some((index, Record::Decision(decision))) = self.newest(of(EntryKind::Decision)).await {
            return Some(Traced::Decided(index, decision));
        }
        if let Some((index, Record::Act(act))) = self.newest(of(EntryKind::Act)).await {
            return Some(Traced::Undecided(index, Box::new(act)));
        }
        let (index, act) = self.find_refused(request).await?;
        Some(Traced::Refused(index, Box::new(act)))
    }
}
