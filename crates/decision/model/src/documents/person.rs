//! Users and groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use crate::{GroupId, UserId};

/// A person's account. Credentials are documents of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The account's identifier; what the person types to sign in.
    pub id: UserId,
    /// The display name.
    pub name: String,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The employment.
    #[serde(default)]
    pub employment: Employment,
    /// The clearance, 0 to 4: the highest sensitivity that the person may be trusted with.
    #[serde(default, deserialize_with = "bounded::<_, 0, 4>")]
    pub clearance: u8,
    /// Whether the account may be used.
    #[serde(default)]
    pub status: UserStatus,
    /// How well the person's identity was proven, 1 to 3 (NIST SP 800-63A).
    #[serde(default = "one", deserialize_with = "bounded::<_, 1, 3>")]
    pub identity_assurance: u8,
    /// The groups the person is directly in.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    /// Custom attributes, read in policies as tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// The kinds of employment that policies know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Employment {
    /// A member of the organisation.
    Staff,
    /// Somebody who works for it under contract.
    Contractor,
    /// Anybody else: the least trusted, and so the default.
    #[default]
    Guest,
}

impl Employment {
    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Contractor => "contractor",
            Self::Guest => "guest",
        }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// It may.
    #[default]
    Active,
    /// It may not: nobody signs in with it, and its sessions end.
    Disabled,
}

impl UserStatus {
    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// The value of a custom attribute: a string, a whole number, a truth value or a set of strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// A string.
    String(String),
    /// A set of strings.
    Set(Vec<String>),
}

/// A group of users or workloads. Groups may be in groups; a cycle is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's identifier.
    pub id: GroupId,
    /// The display name.
    pub name: String,
    /// The groups this one is directly in.
    #[serde(default)]
    pub groups: Vec<GroupId>,
}

const fn one() -> u8 {
    1
}
