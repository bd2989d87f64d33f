//! One event that was proven to be a transmitter's, whichever way it was sent.

use sekisho_model::Timestamp;

use crate::subject::Subject;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Whose identifiers are unique: the issuer, or the transmitter of a webhook.
    pub(crate) origin: String,
    /// Its identifier there.
    pub(crate) id: String,
    /// What happened, as the transmitter's document names it, each with what the event says of it.
    pub(crate) what: Vec<Said>,
    /// About whom or what.
    pub(crate) subject: Subject,
    /// When it was sent.
    pub(crate) sent_at: Timestamp,
}

/// One type of event, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) name: String,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// Whether a device is compliant, where the event says so.
    pub(crate) is_compliant: Option<bool>,
}
