//! What was refused before there was a decision: the gateway adds it up by second, kind and address, and here a request's number
//! finds its sum.

use sekisho_model::{Act, Record};
use serde_json::Value;

use crate::filter::{EntryKind, Filter};
use crate::ledger::Ledger;

/// The most sums that are searched for a request's identifier.
const MOST: usize = 2_000;

impl Ledger {
    /// The sums, newest first.
    pub async fn refused(&self) -> Vec<(u64, Record)> {
        let act = Some("requests-refused".to_owned());
        self.recent(MOST, Filter { kind: Some(EntryKind::Act), act, ..Filter::default() }).await
    }

    /// The sum that a request is in, if it was refused before there was a decision.
    pub async fn find_refused(&self, request: &str) -> Option<(u64, Act)> {
        self.refused().await.into_iter().find_map(|(index, record)| match record {
            Record::Act(act) if covers(&act, request) => Some((index, act)),
            _ => None,
        })
    }
}

/// Whether a sum covers a request: identifiers sort by time, so it lies between the first and the last of them.
fn covers(act: &Act, request: &str) -> bool {
    let at = |field: &str| act.detail.get(field).and_then(Value::as_str).unwrap_or_default();
    at("first") <= request && request <= at("last")
}
