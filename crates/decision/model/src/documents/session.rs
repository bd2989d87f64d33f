//! Sessions as they are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Renewals;
use crate::{DeviceId, MethodSet, SessionId, Timestamp, UserId};

/// A session. It is deleted when it ends; why it ended is in the ledger.
///
/// Processes of two versions share sessions while one replaces the other, so a field that a later version adds is kept and not read. It
/// may only widen what the session can do; what narrows it belongs into a document of a critical kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What another version wrote.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_later_version_adds_to_a_session_is_kept_and_what_it_lacks_is_missed() {
        let body = json!({
            "id": "01".repeat(16), "user": "alice", "established_at": 1, "authenticated_at": 1, "expires_at": 2,
            "methods": ["passkey"], "rotation": 0, "address": "::1", "user_agent": "", "dial": { "shadow": [1, 2] },
        });
        let session: Session = serde_json::from_value(body.clone()).expect("a session");
        assert_eq!(serde_json::to_value(&session).expect("a body"), body);
        for field in ["user", "expires_at", "methods"] {
            let mut short = body.clone();
            short.as_object_mut().expect("an object").remove(field);
            assert!(serde_json::from_value::<Session>(short).is_err(), "{field}");
        }
    }
}
