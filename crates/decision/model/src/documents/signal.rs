//! Risk signals and threat lists: what the trust algorithm weighs.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use crate::{DeviceId, SignalId, ThreatListId, Timestamp, UserId};

/// A named observation about a user or a device, with a weight, until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// The signal's identifier: what it is about and what was seen, so that seeing it again replaces it.
    pub id: SignalId,
    /// About whom or what.
    pub about: SignalTarget,
    /// What was seen, as a stable code (`failed-sign-ins`, `new-device`, …).
    pub name: String,
    /// How much it adds to the risk, 1 to 100.
    #[serde(deserialize_with = "bounded::<_, 1, 100>")]
    pub weight: u8,
    /// When it was seen.
    pub seen_at: Timestamp,
    /// When it stops counting.
    pub ends_at: Timestamp,
}

/// Whom or what a signal is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalTarget {
    /// A user.
    User(UserId),
    /// A device.
    Device(DeviceId),
}

/// A list of addresses with threat scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreatList {
    /// The list's identifier.
    pub id: ThreatListId,
    /// Its entries. The longest prefix that holds an address counts, and of several lists the highest score.
    pub entries: Vec<ThreatEntry>,
}

/// One entry of a threat list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreatEntry {
    /// The addresses: at most /8 wide for IPv4 and /16 for IPv6.
    pub network: IpNet,
    /// The score, 1 to 100.
    #[serde(deserialize_with = "bounded::<_, 1, 100>")]
    pub score: u8,
}
