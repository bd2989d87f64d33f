//! The vocabulary every other crate speaks: who asks, from what, for what, in which state.
//!
//! Pure by rule: no clock, socket, file, log or randomness. Times and random bytes are arguments.
//!
//! - [`documents`]: what is configured or enrolled, as it is stored (users, devices, resources, sessions, …);
//! - [`facts`]: the same things as a decision reads them: compact, typed, interned, shared;
//! - [`AccessRequest`]: one question to the policy engine;
//! - [`Evidence`]: one fact about a request, which is known, stale or unknown, never silently absent;
//! - [`Record`]: what the ledger keeps of a decision, a cut or an administrative act.

pub mod documents;

mod action;
mod data_kind;
mod evidence;
mod host;
mod http_method;
mod language;
mod methods;
mod name;
mod network_facts;
mod peer;
mod record;
mod recorded_path;
mod request;
mod session_facts;
mod shown;
mod time_zone;
mod timestamp;

pub use action::Action;
pub use data_kind::DataKind;
pub use evidence::{Evidence, WhyUnknown};
pub use host::{Host, HostError};
pub use http_method::{KNOWN_METHODS, LONGEST_METHOD, is_method};
pub use language::{Language, Text};
pub use methods::{Method, MethodSet};
pub use name::{
    AssessmentId, CheckId, DeviceId, EnforcementPointId, GrantId, GroupId, Name, NameError, PolicyId, ResourceId,
    SignalId, ThreatListId, UserId, WorkloadId,
};
pub use network_facts::NetworkFacts;
pub use peer::{Peer, PresentedDevice};
pub use record::{AccessEvent, Act, Actor, Carried, DecisionRecord, Outcome, Record, StreamEnd};
pub use recorded_path::recorded_path;
pub use request::{AccessRequest, AskedAs, HttpFacts, RequestId, RequestParts};
pub use session_facts::{CLOCK_LEEWAY, SessionFacts, SessionId, is_live};
pub use shown::is_shown;
pub use time_zone::TimeZone;
pub use timestamp::{Span, Timestamp, TimestampError};

#[doc(no_inline)]
pub use sekisho_facts as facts;
