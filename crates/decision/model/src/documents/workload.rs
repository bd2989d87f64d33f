//! Workloads: programs that ask in their own name, whom they trust to vouch for them, and what they prove themselves with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;
use super::{Authorities, Issuer, Sha256Hex};
use crate::{GroupId, SessionId, Span, Timestamp, UserId, WorkloadId};

/// A workload: to policies `Sekisho::Workload::"<id>"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The workload's identifier: 1 to 64 of `a-z 0-9 -`.
    pub id: WorkloadId,
    /// The name that people read; without one, the identifier.
    #[serde(default)]
    pub name: String,
    /// The person who answers for it. It may ask only while that account is active.
    pub owner: UserId,
    /// The groups that it is in.
    #[serde(default)]
    pub groups: BTreeSet<GroupId>,
    /// Whether it may ask for nothing, whatever it shows.
    #[serde(default)]
    pub disabled: bool,
    /// Whose tokens are exchanged for its own.
    #[serde(default)]
    pub trusts: Vec<WorkloadTrust>,
}

/// An issuer whose tokens prove a workload, and what such a token must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadTrust {
    /// The issuer: what its metadata and tokens must name, byte for byte.
    pub issuer: Issuer,
    /// The audience that a token must name.
    pub audience: String,
    /// The subject that a token must name.
    pub subject: SubjectPattern,
    /// Further claims, each with the text that it must be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The authorities that the issuer's certificate may be from, as PEM; without them, those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<Authorities>,
}

/// A subject, or the beginning of one: `repo:acme/app:ref:refs/heads/main`, `repo:acme/app:*`.
///
/// A `*` stands at the end, behind a separator: `repo:acme*` would match `repo:acme-of-somebody-else` too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectPattern(String);

/// What a workload proves itself with, as it is stored. The secret itself is shown once, when it is made, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadCredential {
    /// The session in which the workload asks with it: the document's id is its hexadecimal text.
    pub id: SessionId,
    /// Whose it is.
    pub workload: WorkloadId,
    /// What is compared with what is shown.
    pub proof: WorkloadProof,
    /// How it was obtained.
    pub origin: CredentialOrigin,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is kept of a workload's credential, to compare with what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadProof {
    /// SHA-256 of the whole token. A token holds 256 random bits, so nobody finds it from its hash.
    Token(Sha256Hex),
    /// SHA-256 of the public key (DER SubjectPublicKeyInfo) that a certificate was issued for.
    Certificate(Sha256Hex),
}

/// How a workload obtained a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CredentialOrigin {
    /// An administrator issued it.
    Issued,
    /// It was exchanged for a token of an issuer whom the workload trusts.
    Exchanged {
        /// The issuer.
        issuer: String,
        /// The subject that the issuer's token named.
        subject: String,
    },
}

impl Workload {
    /// What the common name of its certificates begins with. No device has such a name.
    pub const CERTIFICATE_NAME: &str = "workload.";
    /// The most issuers that vouch for one workload.
    const MOST_TRUSTS: usize = 16;

    /// What a document must be beyond the types of its fields.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.id.as_str().len() > 64 || !self.id.as_str().bytes().all(is_plain) {
            return Err(
                "`id`: write 1 to 64 of a-z, 0-9 and `-`: it is part of an address and of a SPIFFE ID".to_owned()
            );
        }
        if self.name.len() > 256 {
            return Err("`name`: write at most 256 bytes".to_owned());
        }
        if self.trusts.len() > Self::MOST_TRUSTS {
            return Err(format!("`trusts`: name at most {} issuers", Self::MOST_TRUSTS));
        }
        self.trusts.iter().try_for_each(WorkloadTrust::check)
    }
}

impl WorkloadTrust {
    fn check(&self) -> Result<(), String> {
        if self.audience.is_empty() || self.audience.len() > 512 {
            return Err("`trusts`: `audience`: write what tokens for this platform name, at most 512 bytes".to_owned());
        }
        let is_bounded = |text: &String| !text.is_empty() && text.len() <= 512;
        if self.claims.len() > 16 || !self.claims.iter().all(|(name, value)| is_bounded(name) && is_bounded(value)) {
            return Err("`trusts`: `claims`: write at most 16, each of 1 to 512 bytes".to_owned());
        }
        Ok(())
    }
}

impl SubjectPattern {
    /// Whether it is the pattern of that subject.
    #[must_use]
    pub fn is(&self, subject: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => subject.len() > beginning.len() && subject.starts_with(beginning),
            None => subject == self.0,
        }
    }
}

impl FromStr for SubjectPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let beginning = text.strip_suffix('*');
        let is_whole = beginning.is_none_or(|beginning| beginning.ends_with([':', '/', '|']));
        let is_plain = !text.is_empty() && text.len() <= 255 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        match is_whole && is_plain && !beginning.unwrap_or(text).contains('*') {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "`{}` is not a subject: write it whole, or with a `*` at its end behind `:`, `/` or `|`",
                text.escape_debug()
            )),
        }
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(SubjectPattern);

impl WorkloadCredential {
    /// How long an exchanged token lasts.
    pub const EXCHANGED_LIFE: Span = Span::from_minutes(15);
    /// The longest life of an issued token: 366 days.
    pub const LONGEST_TOKEN: Span = Span::from_minutes(366 * 24 * 60);
    /// The longest life of a certificate: seven days.
    pub const LONGEST_CERTIFICATE: Span = Span::from_minutes(7 * 24 * 60);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::documents::Kind;

    fn with(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "ci-deploy", "owner": "alice" });
        body[field] = value;
        Kind::Workload.normalise(&body)
    }

    #[test]
    fn a_workload_has_an_owner_and_names_what_it_trusts() {
        let trust = json!({ "issuer": "https://ci.example", "audience": "sekisho", "subject": "repo:acme/app:*" });
        let written = with("trusts", json!([trust])).expect("a workload");
        assert_eq!((&written["disabled"], &written["groups"]), (&json!(false), &json!([])));
        let mut unowned = json!({ "id": "ci-deploy", "owner": "alice" });
        unowned.as_object_mut().expect("an object").remove("owner");
        assert!(Kind::Workload.normalise(&unowned).is_err(), "an owner is required");
        for (field, value) in [
            ("id", json!("ci_deploy")),
            ("id", json!("ci.deploy")),
            ("id", json!("a".repeat(65))),
            ("secret", json!("x")),
            ("trusts", json!([{ "issuer": "https://ci.example", "audience": "sekisho" }])),
            ("trusts", json!([{ "issuer": "https://ci.example", "audience": "", "subject": "a" }])),
            ("trusts", json!([{ "issuer": "http://ci.example", "audience": "a", "subject": "a" }])),
            ("trusts", json!(vec![trust.clone(); 17])),
        ] {
            assert!(with(field, value.clone()).is_err(), "{field} {value}");
        }
    }

    #[test]
    fn a_subject_is_whole_or_begins_up_to_a_separator() {
        let pattern = |text: &str| text.parse::<SubjectPattern>();
        let branch = pattern("repo:acme/app:*").expect("a pattern");
        assert!(branch.is("repo:acme/app:ref:refs/heads/main"));
        for other in ["repo:acme/app:", "repo:acme/app", "repo:acme/app2:ref", "Repo:acme/app:x"] {
            assert!(!branch.is(other), "{other}");
        }
        let whole = pattern("system:job").expect("a pattern");
        assert!(whole.is("system:job") && !whole.is("system:job2") && !whole.is("system:jo"));
        for wrong in ["", "*", "repo:acme*", "repo:*:main", "**", "a\n", "repo:**"] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }
}
