//! Devices, and what they report of themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FactValue;
use crate::{CheckId, DeviceId, Timestamp, UserId};

/// An enrolled device. Who it is; how it is doing is its [`Posture`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The device's identifier.
    pub id: DeviceId,
    /// The display name.
    pub name: String,
    /// The person it is assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// Whom it belongs to.
    #[serde(default)]
    pub ownership: Ownership,
    /// The operating system family: `linux`, `windows`, `macos`, …
    pub platform: String,
    /// Whether the organisation manages its configuration.
    #[serde(default)]
    pub managed: bool,
    /// Whether it may be used.
    #[serde(default)]
    pub status: DeviceStatus,
    /// Hexadecimal SHA-256 of its public key (DER SubjectPublicKeyInfo); absent until it is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_sha256: Option<String>,
    /// Its public key, base64 of the DER SubjectPublicKeyInfo; absent until it is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// When it enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled_at: Option<Timestamp>,
}

impl Device {
    /// Whether it may be used, with that key.
    #[must_use]
    pub fn is_usable_with(&self, key_sha256: &str) -> bool {
        self.status == DeviceStatus::Active && self.key_sha256.as_deref() == Some(key_sha256)
    }

    /// Whether a person may use it: it is theirs, or nobody's.
    #[must_use]
    pub fn is_for(&self, user: &UserId) -> bool {
        self.owner.as_ref().is_none_or(|owner| owner == user)
    }
}

/// Whom a device belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// The organisation.
    Corporate,
    /// The person who uses it: the less trusted, and so the default.
    #[default]
    Personal,
}

impl Ownership {
    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Corporate => "corporate",
            Self::Personal => "personal",
        }
    }
}

/// Whether a device may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceStatus {
    /// It may.
    #[default]
    Active,
    /// It may not: its certificate is refused and requests from it have no device.
    Revoked,
}

/// What a device last reported, and what the declared checks make of it. Self-attested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posture {
    /// Which device.
    pub device: DeviceId,
    /// When the report was accepted, by the server's clock.
    pub reported_at: Timestamp,
    /// The report's sequence number; only a higher one replaces it.
    pub sequence: u64,
    /// The reported facts by name (`os.version`, `updates.security_pending`, …).
    pub facts: BTreeMap<String, FactValue>,
    /// The checks that fail. Compliant means none.
    pub failing: Vec<FailingCheck>,
}

impl Posture {
    /// Whether every check that applies passed.
    #[must_use]
    pub fn is_compliant(&self) -> bool {
        self.failing.is_empty()
    }
}

/// A check that a device fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailingCheck {
    /// Which check.
    pub check: CheckId,
    /// What was found, as text; `not reported` when the fact is missing.
    pub found: String,
}
