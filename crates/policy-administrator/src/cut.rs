//! The effect of a reassessment: a stream that must end now, and why.

use sekisho_model::{DecisionRecord, StreamEnd};
use sekisho_policy_engine::Reason;

use crate::StreamKey;

/// A stream that is no longer permitted. It has left the registry; the shell ends the connection and records it.
#[derive(Debug)]
pub struct Cut<T> {
    /// The stream's key, which now means nothing to the registry.
    pub key: StreamKey,
    /// What the shell gave with it.
    pub tag: T,
    /// Why, as a stable code and as people read it: `session-ended`, `session-expired`, `resource-removed`, or the first
    /// reason of the decision that no longer permits.
    pub reason: Reason,
    /// What the ledger keeps of its end.
    pub record: StreamEnd,
    /// The decision that no longer permits, with its reasons and remedies. Absent when the session or the resource is
    /// gone and there was nothing to decide.
    pub decision: Option<Box<DecisionRecord>>,
}
