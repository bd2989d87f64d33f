//! Settings that decisions read and that may change while running.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::Span;

/// The one document `settings/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long a session lasts whatever happens.
    pub session_length: Span,
    /// How long a session lasts without a request.
    pub session_idle: Span,
    /// How old a device's report may be before its posture is stale.
    pub posture_freshness: Span,
    /// Minutes east of UTC for `context.hour` and `context.weekday`, where no `time_zone` is named. 540 is Japan.
    pub utc_offset_minutes: i16,
    /// The time zone for `context.hour` and `context.weekday`, by its name in the IANA database, such as `Europe/Berlin`. It knows
    /// daylight saving, and counts before `utc_offset_minutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The network zones; the longest prefix that holds an address names its zone.
    pub zones: Vec<NetworkZone>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_length: Span::from_minutes(12 * 60),
            session_idle: Span::from_minutes(30),
            posture_freshness: Span::from_minutes(5),
            utc_offset_minutes: 540,
            time_zone: None,
            zones: Vec::new(),
        }
    }
}

/// A named part of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkZone {
    /// The zone's name in policies.
    pub name: String,
    /// Its networks.
    pub networks: Vec<IpNet>,
}
