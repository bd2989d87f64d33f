//! Workloads: programs that ask in their own name, and whom they trust to vouch for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Authorities, Issuer};
use crate::{GroupId, UserId, WorkloadId};

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
    /// The subject that a token must name, or its beginning with a `*`: `repo:acme/app:*`.
    pub subject: String,
    /// Further claims, each with the text that it must be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The authorities that the issuer's certificate may be from, as PEM; without them, those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<Authorities>,
}

impl Workload {
    /// What a document must be beyond the types of its fields.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.id.as_str().len() > 64 || !self.id.as_str().bytes().all(is_plain) {
            return Err("`id`: write 1 to 64 of a-z, 0-9 and `-`: it is part of a SPIFFE ID".to_owned());
        }
        if self.name.len() > 256 || self.trusts.len() > 16 {
            return Err("`name` has at most 256 bytes, and `trusts` names at most 16 issuers".to_owned());
        }
        self.trusts.iter().try_for_each(WorkloadTrust::check)
    }
}

impl WorkloadTrust {
    /// Whether a token that names this subject fits. A `*` at the end stands for one character or more.
    #[must_use]
    pub fn takes(&self, subject: &str) -> bool {
        match self.subject.strip_suffix('*') {
            Some(beginning) => subject.len() > beginning.len() && subject.starts_with(beginning),
            None => subject == self.subject,
        }
    }

    fn check(&self) -> Result<(), String> {
        let is_bounded = |text: &String| !text.is_empty() && text.len() <= 512;
        let texts = self.claims.iter().flat_map(|(name, value)| [name, value]).chain([&self.audience, &self.subject]);
        if self.claims.len() > 16 || !texts.into_iter().all(is_bounded) {
            return Err("`trusts`: write at most 16 claims, and 1 to 512 bytes in each text".to_owned());
        }
        // Behind a separator only: `repo:acme*` would take `repo:acme-of-somebody-else` too.
        let beginning = self.subject.strip_suffix('*');
        let is_whole = beginning.is_none_or(|beginning| beginning.ends_with([':', '/', '|']));
        match is_whole && !beginning.unwrap_or(&self.subject).contains('*') {
            true => Ok(()),
            false => Err("`trusts`: `subject`: a `*` stands at the end, behind `:`, `/` or `|`".to_owned()),
        }
    }
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
        let trust =
            |subject: &str| json!([{ "issuer": "https://ci.example", "audience": "sekisho", "subject": subject }]);
        let takes = |subject: &str, said: &str| {
            let body = with("trusts", trust(subject)).expect("a workload");
            let workload: Workload = serde_json::from_value(body).expect("a workload");
            workload.trusts[0].takes(said)
        };
        assert!(takes("repo:acme/app:*", "repo:acme/app:ref:refs/heads/main"));
        for other in ["repo:acme/app:", "repo:acme/app", "repo:acme/app2:ref", "Repo:acme/app:x"] {
            assert!(!takes("repo:acme/app:*", other), "{other}");
        }
        assert!(takes("system:job", "system:job"));
        assert!(!takes("system:job", "system:job2") && !takes("system:job", "system:jo"));
        for wrong in ["", "*", "repo:acme*", "repo:*:main", "**", "repo:**"] {
            assert!(with("trusts", trust(wrong)).is_err(), "{wrong}");
        }
    }
}
