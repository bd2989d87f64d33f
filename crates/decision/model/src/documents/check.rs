//! Declared device checks: what a reported fact must be.

use serde::{Deserialize, Serialize};

use super::FactValue;
use crate::{CheckId, Text};

/// A check on one reported fact. A fact that is missing or of another type fails the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The check's identifier: what `device.failing_checks` holds.
    pub id: CheckId,
    /// The platforms it applies to; empty means every one.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The name of the fact: `firewall.enabled`, `os.version`, `ports.listening`, …
    pub fact: String,
    /// What it must be.
    pub expect: Expectation,
    /// The devices it does not apply to: those where this fact has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Exemption>,
    /// Why a device that fails is not compliant.
    pub reason: Text,
    /// What the person can do about it.
    pub remedy: Text,
}

/// Devices that a check does not apply to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The name of the fact.
    pub fact: String,
    /// The value that exempts; a fact that is missing or of another type exempts nobody.
    pub equals: FactValue,
}

/// What a fact must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// Exactly this value.
    Equals(FactValue),
    /// A number that is not above this one.
    AtMost(i64),
    /// A number that is not below this one.
    AtLeast(i64),
    /// A version not below this one, compared by numeric segments.
    VersionAtLeast(String),
    /// A list that holds none of these.
    HoldsNone(Vec<String>),
    /// A list that holds all of these.
    HoldsAll(Vec<String>),
}
