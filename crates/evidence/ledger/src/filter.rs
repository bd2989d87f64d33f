//! Which of the recent entries are asked for.

use sekisho_model::{Outcome, Record, RequestId, SessionId};

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A decision.
    Decision,
    /// An end of a stream.
    StreamEnd,
    /// An act.
    Act,
    /// A seal of access events.
    Seal,
}

/// Which entries are asked for: those that fit everything that is given. By default all but seals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<EntryKind>,
    /// Only about this user: who asked, whose stream it was, who acted, or who was acted on (`user/<id>`).
    pub subject: Option<String>,
    /// Only decisions with this outcome.
    pub outcome: Option<Outcome>,
    /// Only about this resource.
    pub resource: Option<String>,
    /// Only of this session.
    pub session: Option<SessionId>,
    /// Only acts with this code.
    pub act: Option<String>,
    /// Only decisions on this request, the ends of what it opened, and acts that name it.
    pub request: Option<RequestId>,
    /// Only entries before this index.
    pub before: Option<u64>,
}

impl Filter {
    /// Whether an entry is asked for.
    #[must_use]
    pub fn fits(&self, record: &Record) -> bool {
        let kind = kind_of(record);
        self.kind.map_or(kind != EntryKind::Seal, |wanted| wanted == kind)
            && self.subject.as_deref().is_none_or(|wanted| is_about(record, wanted))
            && self.outcome.is_none_or(|wanted| matches!(record, Record::Decision(one) if one.outcome == wanted))
            && self.resource.as_deref().is_none_or(|wanted| resource_of(record) == Some(wanted))
            && self.session.is_none_or(|wanted| session_of(record) == Some(wanted))
            && self.act.as_deref().is_none_or(|wanted| matches!(record, Record::Act(one) if one.act == wanted))
            && self.request.as_ref().is_none_or(|wanted| request_of(record) == Some(wanted.as_str()))
    }
}

fn kind_of(record: &Record) -> EntryKind {
    match record {
        Record::Decision(_) => EntryKind::Decision,
        Record::StreamEnd(_) => EntryKind::StreamEnd,
        Record::Act(_) => EntryKind::Act,
        Record::Seal { .. } => EntryKind::Seal,
    }
}

fn is_about(record: &Record, user: &str) -> bool {
    match record {
        Record::Decision(one) => one.subject.as_deref() == Some(user),
        Record::StreamEnd(one) => one.subject == user,
        Record::Act(one) => one.actor.user() == Some(user) || one.target.strip_prefix("user/") == Some(user),
        Record::Seal { .. } => false,
    }
}

fn resource_of(record: &Record) -> Option<&str> {
    match record {
        Record::Decision(one) => one.resource.as_deref(),
        Record::StreamEnd(one) => Some(&one.resource),
        Record::Act(one) => one.target.strip_prefix("resource/"),
        Record::Seal { .. } => None,
    }
}

fn session_of(record: &Record) -> Option<SessionId> {
    match record {
        Record::Decision(one) => one.session,
        Record::StreamEnd(one) => Some(one.session),
        Record::Act(one) => one.target.strip_prefix("session/").and_then(SessionId::from_hex),
        Record::Seal { .. } => None,
    }
}

/// The request that an entry is about.
pub(crate) fn request_of(record: &Record) -> Option<&str> {
    match record {
        Record::Decision(one) => Some(one.request.as_str()),
        Record::StreamEnd(one) => Some(one.request.as_str()),
        Record::Act(one) => one.detail.get("request")?.as_str(),
        Record::Seal { .. } => None,
    }
}
