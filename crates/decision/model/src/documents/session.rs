//! Sessions as they are stored.

use serde::{Deserialize, Serialize};

use super::Renewals;
use crate::{DeviceId, MethodSet, SessionId, Timestamp, UserId};

/// A session. It is deleted when it ends; why it ended is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Which session: the document's id is its hexadecimal text.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub established_at: Timestamp,
    /// When the person last authenticated in it.
    pub authenticated_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// How the person authenticated.
    pub methods: MethodSet,
    /// How many times the portal cookie was renewed; a portal cookie of an older rotation is dead.
    #[serde(default)]
    pub rotation: u32,
    /// What application cookies of older rotations still show.
    #[serde(default, skip_serializing_if = "Renewals::is_empty")]
    pub renewals: Renewals,
    /// The device that proved its key in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Hexadecimal SHA-256 of the key with which it did. The session ends when that is no longer the device's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
    /// The address it was opened from.
    pub address: String,
    /// The browser or program, as it named itself, shortened. Shown, never trusted.
    #[serde(default)]
    pub user_agent: String,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEnd {
    /// The person signed out.
    SignedOut,
    /// The person ended it from another session.
    EndedByUser,
    /// The person said that it was not theirs.
    Disowned,
    /// An administrator revoked it.
    Revoked,
    /// It reached its end or was idle too long.
    Expired,
    /// The account was disabled or removed.
    AccountDisabled,
}
