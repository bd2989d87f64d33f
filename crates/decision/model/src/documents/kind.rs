//! The kinds of documents.

use serde::{Deserialize, Serialize};

/// A kind of document. The text form is stable: it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`super::User`]
    User,
    /// [`super::Group`]
    Group,
    /// [`super::Device`]
    Device,
    /// [`super::Posture`], by device.
    Posture,
    /// [`super::Check`]
    Check,
    /// [`super::Resource`]
    Resource,
    /// [`super::EnforcementPoint`]
    EnforcementPoint,
    /// A policy file: its text.
    Policy,
    /// [`super::Session`]
    Session,
    /// [`super::Grant`]
    Grant,
    /// [`super::Signal`]
    Signal,
    /// [`super::ThreatList`]
    ThreatList,
    /// [`super::Settings`], the one document `settings`.
    Settings,
    /// A sealed credential of a user. Opaque to everything but identity.
    Credential,
    /// A one-time thing: consumed by one compare-and-delete.
    OneTime,
    /// A sealed key of the platform itself.
    Key,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::User,
        Self::Group,
        Self::Device,
        Self::Posture,
        Self::Check,
        Self::Resource,
        Self::EnforcementPoint,
        Self::Policy,
        Self::Session,
        Self::Grant,
        Self::Signal,
        Self::ThreatList,
        Self::Settings,
        Self::Credential,
        Self::OneTime,
        Self::Key,
    ];

    /// The kind's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Device => "device",
            Self::Posture => "posture",
            Self::Check => "check",
            Self::Resource => "resource",
            Self::EnforcementPoint => "enforcement-point",
            Self::Policy => "policy",
            Self::Session => "session",
            Self::Grant => "grant",
            Self::Signal => "signal",
            Self::ThreatList => "threat-list",
            Self::Settings => "settings",
            Self::Credential => "credential",
            Self::OneTime => "one-time",
            Self::Key => "key",
        }
    }

    /// The kind with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether documents of this kind may be shown, exported and written by administrators.
    #[must_use]
    pub const fn is_administered(self) -> bool {
        !matches!(self, Self::Credential | Self::OneTime | Self::Key | Self::Session | Self::Posture)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
