//! Assessments: what a capability concludes about one thing, as the value of one attribute until a time.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::FactValue;
use crate::{AssessmentId, DeviceId, Name, ResourceId, SessionId, Timestamp, UserId};

/// The value of one attribute of one thing, as one source assessed it.
///
/// Which attributes may be assessed, and within which range, is in the table [`crate::facts::ASSESSABLE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The assessment's identifier: the source derives it from what it assessed, so that a newer result replaces the older one.
    pub id: AssessmentId,
    /// What was assessed.
    pub about: AssessmentTarget,
    /// The attribute, as policies write it behind the dot: `worst_vulnerability`, `country`, …
    pub slot: String,
    /// The value.
    pub value: FactValue,
    /// When the assessment stops counting.
    pub until: Timestamp,
    /// What assessed it, as a stable code: `vulnerability-scan`, `geolocation`, …
    pub source: String,
    /// Why the value is what it is, for people.
    pub why: String,
}

/// What an assessment is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssessmentTarget {
    /// A user.
    User(UserId),
    /// A workload.
    Workload(Name),
    /// A device.
    Device(DeviceId),
    /// A resource.
    Resource(ResourceId),
    /// A session.
    Session(SessionId),
    /// The addresses of a network: at most /8 wide for IPv4 and /16 for IPv6.
    Address(IpNet),
}
