//! Which entries are asked for.

use sekisho_model::{Outcome, Record, RequestId, SessionId, Timestamp};

use crate::summary;

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
    /// Only decisions for this reason or by this policy, and ends for this reason.
    pub reason: Option<String>,
    /// Only decisions from this device, and acts on it.
    pub device: Option<String>,
    /// Only decisions on requests from this address, and acts about it.
    pub address: Option<String>,
    /// Only ends of streams that were cut.
    pub cuts: bool,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// No decisions that permit one of these resources.
    pub without_permits_of: Vec<String>,
    /// Only decisions on this request, the ends of what it opened, and acts that name it.
    pub request: Option<RequestId>,
    /// Only entries before this index.
    pub before: Option<u64>,
    /// Only entries after this index.
    pub after: Option<u64>,
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
            && self.reason.as_deref().is_none_or(|wanted| is_for(record, wanted))
            && self.device.as_deref().is_none_or(|wanted| device_of(record) == Some(wanted))
            && self.address.as_deref().is_none_or(|wanted| address_of(record) == Some(wanted))
            && (!self.cuts || matches!(record, Record::StreamEnd(end) if end.delay_ms.is_some()))
            && self.since.is_none_or(|since| since <= summary::at(record))
            && self.until.is_none_or(|until| summary::at(record) < until)
            && !self.is_hidden_permit(record)
    }

    /// Whether an entry with that index is among those asked for.
    pub(crate) fn admits_index(&self, index: u64) -> bool {
        self.before.is_none_or(|before| index < before) && self.after.is_none_or(|after| after < index)
    }

    fn is_hidden_permit(&self, record: &Record) -> bool {
        let Record::Decision(decision) = record else { return false };
        let resource = decision.resource.as_ref();
        decision.outcome == Outcome::Permit
            && resource.is_some_and(|resource| self.without_permits_of.iter().any(|one| one == resource))
    }
}

/// The codes of an entry: reasons and policies of a decision, the reason of an end, the code of an act.
pub(crate) fn codes_of(record: &Record) -> Box<dyn Iterator<Item = &str> + '_> {
    match record {
        Record::Decision(one) => {
            Box::new(one.reasons.iter().map(String::as_str).chain(one.policies.iter().map(|id| id.as_str())))
        }
        Record::StreamEnd(one) => Box::new(std::iter::once(one.reason.as_str())),
        Record::Act(one) => Box::new(std::iter::once(one.act.as_str())),
        Record::Seal { .. } => Box::new(std::iter::empty()),
    }
}

fn is_for(record: &Record, reason: &str) -> bool {
    !matches!(record, Record::Act(_)) && codes_of(record).any(|code| code == reason)
}

/// The device that an entry is about.
pub(crate) fn device_of(record: &Record) -> Option<&str> {
    match record {
        Record::Decision(one) => one.device.as_deref(),
        Record::Act(one) => one.target.strip_prefix("device/"),
        Record::StreamEnd(_) | Record::Seal { .. } => None,
    }
}

/// The address that an entry is about.
pub(crate) fn address_of(record: &Record) -> Option<&str> {
    match record {
        Record::Decision(one) => Some(&one.address),
        Record::Act(one) => one.target.strip_prefix("address/"),
        Record::StreamEnd(_) | Record::Seal { .. } => None,
    }
}

pub(crate) fn kind_of(record: &Record) -> EntryKind {
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

pub(crate) fn resource_of(record: &Record) -> Option<&str> {
    match record {
        Record::Decision(one) => one.resource.as_deref(),
        Record::StreamEnd(one) => Some(&one.resource),
        Record::Act(one) => one.target.strip_prefix("resource/"),
        Record::Seal { .. } => None,
    }
}

pub(crate) fn session_of(record: &Record) -> Option<SessionId> {
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
