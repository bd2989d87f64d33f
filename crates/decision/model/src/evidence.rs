//! Evidence: what is known about one side of a request, with the difference between "no" and "could not find out".

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One fact about a request. Never an `Option`: what is missing says why.
///
/// Only [`Evidence::Known`] reaches policy as an attribute; stale and unknown evidence is an absent attribute there,
/// so nothing stale can permit, and the denial names the fact that was missing (DESIGN, "How evidence meets policy").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence<T> {
    /// The fact, fresh enough to decide on.
    Known(T),
    /// The fact was known once, and is now too old to decide on.
    Stale {
        /// What it was.
        value: T,
        /// When it was last confirmed.
        confirmed_at: Timestamp,
    },
    /// The fact could not be found out.
    Unknown(WhyUnknown),
}

/// Why evidence is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyUnknown {
    /// The subject has not proven it (no client certificate, no agent answered).
    NotProven,
    /// It was proven for something that does not exist, or no longer.
    NotEnrolled,
    /// It has never been reported.
    NeverReported,
}

impl<T> Evidence<T> {
    /// The fact if decisions may read it.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Stale { .. } | Self::Unknown(_) => None,
        }
    }
}
