//! Names: the identifiers of documents, one type per kind, so that a user cannot be passed for a device.

use std::fmt;
use std::str::FromStr;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

/// A document's identifier: 1 to 128 bytes of `a-z 0-9 . _ @ -`, starting with a letter or a digit.
///
/// Lower case only, so that two names which a person reads as the same cannot be two documents.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(ArcStr);

/// Why a text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a name: use 1 to 128 of a-z, 0-9, `.`, `_`, `@`, `-`, starting with a letter or a digit", .0.escape_debug())]
pub struct NameError(String);

impl Name {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as the shared string that facts and the interner hold.
    #[must_use]
    pub fn shared(&self) -> ArcStr {
        self.0.clone()
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'@' | b'-');
        let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !starts_well || text.len() > Self::MAX_LENGTH || !text.bytes().all(allowed) {
            return Err(NameError(text.chars().take(160).collect()));
        }
        Ok(Self(ArcStr::from(text)))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Declares one identifier type per document kind.
macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Name);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The identifier as the shared string that facts and the interner hold.
            #[must_use]
            pub fn shared(&self) -> ArcStr {
                self.0.shared()
            }
        }

        impl From<Name> for $name {
            fn from(name: Name) -> Self {
                Self(name)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let name = text.parse()?;
                Ok(Self(name))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

identifier! {
    /// A person's account.
    UserId;
    /// A group of users or workloads.
    GroupId;
    /// An enrolled device.
    DeviceId;
    /// A resource: application, TCP service, API or data set.
    ResourceId;
    /// An enforcement point that is not ours.
    EnforcementPointId;
    /// A declared device check.
    CheckId;
    /// A policy: its `@id` annotation, or the file's name and its position in it.
    PolicyId;
    /// A just-in-time grant.
    GrantId;
    /// A risk signal.
    SignalId;
    /// An assessment of a user, workload, device, resource, session or address.
    AssessmentId;
    /// A list of addresses with a threat score.
    ThreatListId;
    /// A workload: a program that asks in its own name.
    WorkloadId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_and_bounded() {
        for good in ["a", "7", "alice", "alice@example.jp", "a.b-c_d", &"a".repeat(128)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "Alice", "-a", ".a", "a b", "a/b", "日本", "a\n", "a\0", &"a".repeat(129)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
