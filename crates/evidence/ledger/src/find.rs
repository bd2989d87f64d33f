//! Where the record speaks of a request: every number that an answer carried is found, whatever became of the request.

use std::sync::Arc;

use sekisho_model::{AccessEvent, Act, DecisionRecord, Record, RequestId};

use crate::filter::{EntryKind, Filter};
use crate::ledger::Ledger;
use crate::{access_search, search};

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

impl Ledger {
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
        let (folder, end) = (Arc::clone(&self.folder), self.size());
        let old = tokio::task::spawn_blocking(move || search::entry(&folder, &id, end)).await.ok().flatten();
        match old {
            Some((index, Record::Decision(decision))) => return Some(Traced::Decided(index, decision)),
            Some((index, Record::Act(act))) => return Some(Traced::Undecided(index, Box::new(act))),
            _ => {}
        }
        let (index, act) = self.find_refused(request).await?;
        Some(Traced::Refused(index, Box::new(act)))
    }
}
