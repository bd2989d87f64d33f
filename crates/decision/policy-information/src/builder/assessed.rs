//! An assessment as the builder keeps it.

use ipnet::IpNet;
use sekisho_model::facts::{Assessable, Fact, Handle};
use sekisho_model::{AssessmentId, SessionId, Timestamp};

/// What an assessment is about, as the builder finds it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Entity(Handle),
    Session(SessionId),
    Address(IpNet),
}

/// An assessment as it is folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assessed {
    pub(super) id: AssessmentId,
    pub(super) row: &'static Assessable,
    pub(super) value: Fact,
    pub(super) until: Timestamp,
}
