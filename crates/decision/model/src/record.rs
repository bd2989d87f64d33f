//! What the ledger keeps: decisions, ends of streams, administrative acts, and the requests that decisions cover.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Action, PolicyId, RequestId, SessionId, Timestamp};

/// One entry of the ledger. Its JSON form (fields in this order, no white space) is the leaf that is hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Record {
    /// A decision of the policy engine.
    Decision(Box<DecisionRecord>),
    /// An open stream or session that ended.
    StreamEnd(StreamEnd),
    /// An administrative or authentication act.
    Act(Act),
    /// The seal of a segment of access events: which one, how many events, the SHA-256 of its bytes.
    Seal {
        /// When it was sealed.
        at: Timestamp,
        /// The segment's number.
        segment: u64,
        /// The bytes sealed so far in this segment.
        bytes: u64,
        /// The events sealed so far in this segment.
        events: u64,
        /// Hexadecimal SHA-256 of those bytes.
        sha256: String,
    },
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Access was permitted.
    Permit,
    /// The subject was asked for stronger or fresher authentication.
    Challenge,
    /// Access was denied.
    Deny,
}

/// A decision with everything that is needed to explain it later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The decision's time.
    pub at: Timestamp,
    /// The request that asked.
    pub request: RequestId,
    /// What it came to.
    pub outcome: Outcome,
    /// The user or workload that asked; absent for an anonymous request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The session it asked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The device it asked from, if proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The checks that this device failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing_checks: Vec<String>,
    /// The resource asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The canonical host; without a method, the name that the resolver was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The canonical path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The address the request came from.
    pub address: String,
    /// The policies that determined it.
    pub policies: Vec<PolicyId>,
    /// The policies that failed to evaluate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PolicyId>,
    /// The report-only policies that would have changed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report_only: Vec<PolicyId>,
    /// Why, as stable codes (`no-policy-permits`, `device-not-compliant`, …).
    pub reasons: Vec<String>,
    /// What would turn it into a permit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
    /// The risk score, 0 to 100.
    pub risk: u8,
    /// The signals that add up to it, each with its share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risk_parts: Vec<(String, u8)>,
    /// The World that was read.
    pub world: u64,
}

/// The end of an open stream or of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEnd {
    /// When it ended.
    pub at: Timestamp,
    /// The request that had opened it.
    pub request: RequestId,
    /// Whose it was.
    pub subject: String,
    /// The session it belonged to.
    pub session: SessionId,
    /// The resource it led to.
    pub resource: String,
    /// Why it ended, as a stable code (`closed`, `device-not-compliant`, `session-ended`, …).
    pub reason: String,
    /// The World in which it was no longer permitted; 0 when it ended by itself.
    pub world: u64,
    /// Milliseconds from the fact's publication to the cut; absent when it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// What a tunnel carried; absent for everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// What a tunnel carried while it was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The bytes that went to the resource.
    pub bytes_in: u64,
    /// The bytes that came from it.
    pub bytes_out: u64,
    /// For how many milliseconds it was open.
    pub duration_ms: u64,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A user, in a session.
    User(String),
    /// A device, by its certificate.
    Device(String),
    /// An enforcement point that is not ours, by its certificate or token.
    EnforcementPoint(String),
    /// A program that showed an API token: it acts in its owner's name.
    Token {
        /// The user who owns the token.
        owner: String,
        /// The token's identifier.
        token: String,
    },
    /// A workload, by a token of an issuer whom it trusts.
    Workload(String),
    /// The operating-system user behind the administration socket.
    Operator(String),
    /// Sekisho itself.
    System,
}

/// The one spelling of an actor as text, as the store's history keeps it: `user:alice`, `token:alice/ci-backup`, `sekisho`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user:{name}"),
            Self::Device(name) => write!(f, "device:{name}"),
            Self::EnforcementPoint(name) => write!(f, "enforcement-point:{name}"),
            Self::Token { owner, token } => write!(f, "token:{owner}/{token}"),
            Self::Workload(name) => write!(f, "workload:{name}"),
            Self::Operator(name) => write!(f, "operator:{name}"),
            Self::System => f.write_str("sekisho"),
        }
    }
}

impl Actor {
    /// The user behind the act: the user, or the owner of the token.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::User(user) | Self::Token { owner: user, .. } => Some(user),
            Self::Device(_) | Self::EnforcementPoint(_) | Self::Workload(_) | Self::Operator(_) | Self::System => None,
        }
    }
}

/// An administrative or authentication act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, as a stable code (`sign-in`, `sign-in-failed`, `session-ended`, `document-put`, `device-enrolled`, …).
    pub act: String,
    /// On what: `kind/id`.
    pub target: String,
    /// More, never a secret.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

/// One request that a remembered decision covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEvent {
    /// When.
    pub at: Timestamp,
    /// The request.
    pub request: RequestId,
    /// The request whose decision covers it; its own for the first.
    pub decision: RequestId,
    /// The HTTP method.
    pub method: String,
    /// The canonical path.
    pub path: String,
    /// The status that the subject got; 499 where it went away before the answer.
    pub status: u16,
    /// Why there is no answer of the resource, where a permit came to none: the rule that its answer broke, or the kind of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_owner_and_itself() {
        let token = Actor::Token { owner: "alice".to_owned(), token: "ci-backup".to_owned() };
        assert_eq!((token.to_string().as_str(), token.user()), ("token:alice/ci-backup", Some("alice")));
        assert_eq!(Actor::User("alice".to_owned()).user(), Some("alice"));
        assert_eq!(Actor::Operator("alice".to_owned()).user(), None);
        assert_eq!(Actor::Device("alice".to_owned()).user(), None);
    }
}
