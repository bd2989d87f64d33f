//! What an identity provider supplied of an account or a group, beside the account or group itself.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Name, Timestamp};

/// An entry of the directory: the account or group of the same name belongs to the identity provider.
///
/// No decision reads it. What decisions read is the [`super::User`] or [`super::Group`] that is written with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryEntry {
    /// Of what it is an entry.
    pub kind: DirectoryKind,
    /// The identifier of the account or group.
    pub name: Name,
    /// 16 hexadecimal digits that no other entry ever had: an account that is made again under a former name is another one.
    pub number: String,
    /// The attributes as the identity provider supplied them, by the names of its protocol.
    pub attributes: Map<String, Value>,
    /// Whether the account was disabled here before the identity provider disabled it, so that it must not enable it again.
    #[serde(default)]
    pub held: bool,
    /// Who supplied it last.
    pub source: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the identity provider last changed it.
    pub changed_at: Timestamp,
}

/// Of what a [`DirectoryEntry`] is an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectoryKind {
    /// An account.
    User,
    /// A group.
    Group,
}

impl DirectoryKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}
