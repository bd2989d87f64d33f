//! API tokens: what a program shows to act in the name of a person, with part of that person's rights, until a time.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Sha256Hex;
use crate::{GroupId, MethodSet, Name, NameError, ResourceId, Span, Timestamp, UserId};

/// A token as it is stored. The token itself is shown once, when it is made, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// The token's identifier. To policies it is the workload of this name.
    pub id: ApiTokenId,
    /// The person, or the account of a service, in whose name it acts.
    pub owner: UserId,
    /// The groups that it is in: at least one, and each one of its owner's.
    pub roles: BTreeSet<GroupId>,
    /// The parts of the platform that it is limited to, as resources. Empty means no such limit.
    #[serde(default)]
    pub parts: BTreeSet<ResourceId>,
    /// Whether it may only look.
    #[serde(default)]
    pub read_only: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends, at most [`ApiToken::LONGEST_LIFE`] later.
    pub expires_at: Timestamp,
    /// SHA-256 of the whole token. A token holds 256 random bits, so nobody finds it from its hash, and a slow hash would gain nothing.
    pub secret_hash: Sha256Hex,
    /// How the person who made it had signed in. Policies read these methods as the token's.
    #[serde(default)]
    pub methods: MethodSet,
    /// The highest authenticator assurance level that assessments left the session of that person; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance_limit: Option<u8>,
    /// When that person last authenticated.
    pub authenticated_at: Timestamp,
}

impl ApiToken {
    /// The longest life of a token: 366 days.
    pub const LONGEST_LIFE: Span = Span::from_minutes(366 * 24 * 60);

    /// Checks what the types of the fields do not say.
    ///
    /// # Errors
    /// What is wrong, and the fix.
    pub fn check(&self) -> Result<(), String> {
        if self.roles.is_empty() {
            return Err("`roles`: a token without a role may do nothing: name at least one".to_owned());
        }
        let latest = self.made_at.plus(Self::LONGEST_LIFE);
        if self.expires_at <= self.made_at || self.expires_at > latest {
            return Err("`expires_at`: a token must end after it is made, and within 366 days".to_owned());
        }
        Ok(())
    }
}

/// A token's identifier: 1 to 64 of `a-z 0-9 -`, starting with a letter or a digit. It has no `_`, which ends it in a token's text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ApiTokenId(Name);

/// Why a text is not an [`ApiTokenId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a token's name has 1 to 64 of a-z, 0-9 and `-`, and starts with a letter or a digit")]
pub struct ApiTokenIdError;

impl ApiTokenId {
    /// The longest identifier, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ApiTokenId {
    type Err = ApiTokenIdError;

    fn from_str(text: &str) -> Result<Self, ApiTokenIdError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.len() > Self::MAX_LENGTH || !text.bytes().all(is_plain) {
            return Err(ApiTokenIdError);
        }
        text.parse().map(Self).map_err(|_: NameError| ApiTokenIdError)
    }
}

impl fmt::Display for ApiTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ApiTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiTokenId({})", self.0)
    }
}

impl<'de> Deserialize<'de> for ApiTokenId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The last use of a token, written at most once a minute. No decision reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenUse {
    /// Which token.
    pub id: ApiTokenId,
    /// When.
    pub at: Timestamp,
    /// The address it was used from.
    pub address: IpAddr,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::documents::Kind;

    fn body() -> Value {
        json!({
            "id": "ci-backup", "owner": "alice", "roles": ["auditors"], "made_at": 0, "expires_at": 1000,
            "secret_hash": "a".repeat(64), "methods": ["passkey"], "authenticated_at": 0,
        })
    }

    #[test]
    fn a_token_has_a_role_an_end_and_a_hash() {
        assert!(Kind::ApiToken.normalise(&body()).is_ok());
        let longest = ApiToken::LONGEST_LIFE.as_millis();
        for (field, value, is_good) in [
            ("roles", json!([]), false),
            ("roles", json!(["a", "b"]), true),
            ("expires_at", json!(0), false),
            ("expires_at", json!(longest), true),
            ("expires_at", json!(longest + 1), false),
            ("secret_hash", json!("the secret itself"), false),
            ("limits", json!([]), false),
            ("id", json!("ci_backup"), false),
        ] {
            let mut body = body();
            body[field] = value;
            assert_eq!(Kind::ApiToken.normalise(&body).is_ok(), is_good, "{body}");
        }
        let mut endless = body();
        endless.as_object_mut().expect("an object").remove("expires_at");
        assert!(Kind::ApiToken.normalise(&endless).is_err(), "an end is required");
    }

    #[test]
    fn an_identifier_is_short_and_plain() {
        for good in ["a", "7", "ci-backup", &"a".repeat(64)] {
            assert!(good.parse::<ApiTokenId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "a.b", "a@b", "a/b", &"a".repeat(65)] {
            assert!(bad.parse::<ApiTokenId>().is_err(), "{bad}");
        }
    }
}
