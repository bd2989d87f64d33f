//! One act with its writes: recorded, then committed.

use sekisho_model::documents::Kind;
use sekisho_model::{Act, Actor, Record, Timestamp};
use sekisho_store::{Expected, Write};
use serde_json::{Value, json};

use crate::attempts::Order;
use crate::commit::commit;
use crate::ledger_seal::sealing;
use crate::{Attempts, ChangeError, Changes};

/// The act that follows one whose documents were not written.
const NOT_DONE: &str = "not-done";
/// The act that follows one of which the store did not say whether its documents were written.
const OUTCOME_UNKNOWN: &str = "outcome-unknown";

/// An act that was begun. Nothing is recorded or written until it is committed.
#[derive(Debug)]
#[must_use = "a change does nothing until it is committed"]
pub struct Change {
    changes: Changes,
    actor: Actor,
    acts: Vec<Pending>,
    writes: Vec<Write>,
}

/// An act that is not recorded yet.
#[derive(Debug)]
struct Pending {
    act: String,
    target: String,
    detail: Value,
}

impl Change {
    pub(crate) fn new(changes: Changes, actor: Actor, act: &str, target: String) -> Self {
        let first = Pending { act: act.to_owned(), target, detail: Value::Null };
        Self { changes, actor, acts: vec![first], writes: Vec::new() }
    }

    /// Sets what the record says besides, of the act that was named last. Must not hold a secret.
    pub fn detail(mut self, detail: Value) -> Self {
        self.set_detail(detail);
        self
    }

    pub(crate) fn set_detail(&mut self, detail: Value) {
        if let Some(last) = self.acts.last_mut() {
            last.detail = detail;
        }
    }

    /// Adds a further act of the same actor, recorded next to the first and done with it or not at all.
    pub fn and(mut self, act: &str, target: impl Into<String>) -> Self {
        self.acts.push(Pending { act: act.to_owned(), target: target.into(), detail: Value::Null });
        self
    }

    /// Adds a write of a document.
    pub fn put(self, kind: Kind, id: impl Into<String>, expected: Expected, body: Value) -> Self {
        self.write(Write::Put { kind, id: id.into(), expected, body })
    }

    /// Adds the deletion of a document.
    pub fn delete(self, kind: Kind, id: impl Into<String>, expected: Expected) -> Self {
        self.write(Write::Delete { kind, id: id.into(), expected })
    }

    /// Adds a write.
    pub fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    /// Records the acts, then writes the documents in one transaction. Returns the revision that holds them.
    ///
    /// When the documents are not written, the ledger says so in a `not-done` entry for each act; when the store does not say
    /// whether they were, in an `outcome-unknown` entry.
    ///
    /// # Errors
    /// [`ChangeError`] says whether anything was written.
    pub async fn commit(mut self, now: Timestamp) -> Result<u64, ChangeError> {
        let writes = std::mem::take(&mut self.writes);
        self.record(now).await?;
        let outcome = self.write_all(writes, now).await;
        if let Err(error) = &outcome {
            self.retract(error.is_uncertain(), now).await;
        }
        outcome
    }

    /// Records the acts alone: they write no documents.
    ///
    /// # Errors
    /// [`ChangeError::Unrecorded`].
    pub async fn note(self, now: Timestamp) -> Result<(), ChangeError> {
        self.record(now).await
    }

    /// As [`Change::commit`], with writes that are built from what is read, and built again after a conflict; see [`Attempts`].
    pub const fn attempts(self, now: Timestamp) -> Attempts {
        Attempts::new(self, Order::RecordFirst, now)
    }

    /// As [`Change::attempts`], but the documents are written before the act is recorded: only for what takes access away, which must
    /// not wait for the ledger.
    pub const fn withdrawal(self, now: Timestamp) -> Attempts {
        Attempts::new(self, Order::WriteFirst, now)
    }

    pub(crate) fn writes(&self) -> &[Write] {
        &self.writes
    }

    pub(crate) async fn record(&self, now: Timestamp) -> Result<(), ChangeError> {
        let acts = self.acts.iter().map(|pending| self.act(&pending.act, pending, pending.detail.clone(), now));
        self.changes.ledger().append_all(acts.collect()).await?;
        Ok(())
    }

    /// Writes the documents of acts that are recorded.
    pub(crate) async fn write_all(&self, mut writes: Vec<Write>, now: Timestamp) -> Result<u64, ChangeError> {
        // The act and the head that holds it are sealed with what it did, or the act was not done.
        if let Some((write, _)) = sealing(self.changes.ledger()).await? {
            writes.push(write);
        }
        commit(self.changes.store(), writes, &self.actor, now).await
    }

    /// Writes the documents of acts that are recorded later, without asking anything of the ledger.
    pub(crate) async fn write_first(&self, writes: Vec<Write>, now: Timestamp) -> Result<u64, ChangeError> {
        commit(self.changes.store(), writes, &self.actor, now).await
    }

    /// Says in the ledger that what was recorded was not done, or is not known to be.
    pub(crate) async fn retract(&self, is_uncertain: bool, now: Timestamp) {
        let code = if is_uncertain { OUTCOME_UNKNOWN } else { NOT_DONE };
        let acts = self.acts.iter().map(|pending| self.act(code, pending, json!({ "of": pending.act }), now));
        if let Err(error) = self.changes.ledger().append_all(acts.collect()).await {
            // The caller learns of the failure itself, and a ledger that takes no entry makes the process unready.
            tracing::error!(%error, "the ledger does not say that a recorded act was not done");
        }
    }

    fn act(&self, code: &str, pending: &Pending, detail: Value, at: Timestamp) -> Record {
        let target = pending.target.clone();
        Record::Act(Act { at, actor: self.actor.clone(), act: code.to_owned(), target, detail })
    }
}
