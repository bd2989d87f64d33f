//! Identity providers of the organisation: OpenID providers with which people sign in.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Authorities;
use super::bounded::bounded;
use super::text_form::text_form;
use crate::{GroupId, Name};

/// An OpenID provider. It vouches for the subjects that are linked to accounts, and for no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// The provider's identifier: it is part of the redirection address.
    pub id: Name,
    /// The name that people read on the sign-in page.
    pub name: String,
    /// Whether people may sign in with it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The issuer: what its metadata, tokens and answers must name, byte for byte.
    pub issuer: Issuer,
    /// As whom the platform is registered there.
    pub client_id: String,
    /// What is asked for. `openid` is always asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The authorities that its certificate may be from, as PEM; without them, those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<Authorities>,
    /// The highest assurance that it is trusted to prove, 1 to 3. What it claims beyond counts as this.
    #[serde(default = "one", deserialize_with = "bounded::<_, 1, 3>")]
    pub trusted_assurance: u8,
    /// The assurance that each value of `acr` proves, 1 to 3.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub acr: BTreeMap<String, u8>,
    /// The claim that lists groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// The group of each value of that claim. Every sign-in puts the person into these groups or out of them; other groups stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, GroupId>,
    /// The claim that each attribute of the person is taken from. `department` is the person's department.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// The identifier of an OpenID provider: an `https` address without query and fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(String);

impl Issuer {
    /// The longest issuer, in bytes.
    const MAX_LENGTH: usize = 512;

    /// The issuer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Issuer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host = text.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\' | b'@'));
        match !host.is_empty() && is_plain && text.len() <= Self::MAX_LENGTH {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "`{}` is not an issuer: write its `https` address without query, as its metadata names it",
                text.escape_debug()
            )),
        }
    }
}

text_form!(Issuer);

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl IdentityProvider {
    /// What a document must be beyond the types of its fields.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some((value, level)) = self.acr.iter().find(|(_, level)| !(1..=3).contains(*level)) {
            return Err(format!("`acr`: `{}`: {level} is out of range: write 1 to 3", value.escape_debug()));
        }
        let is_scope = |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(format!("`scopes`: `{}` is not a scope: write one word each", scope.escape_debug()));
        }
        if self.client_id.is_empty() || self.client_id.len() > 256 {
            return Err("`client_id`: write the identifier that the provider gave, at most 256 bytes".to_owned());
        }
        match (&self.groups_claim, self.groups.is_empty()) {
            (None, false) => Err("`groups_claim` is missing: name the claim that `groups` maps".to_owned()),
            (None, true) | (Some(_), _) => Ok(()),
        }
    }
}

const fn yes() -> bool {
    true
}

const fn one() -> u8 {
    1
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn provider(more: &Value) -> Value {
        let mut body =
            json!({ "id": "acme", "name": "Acme", "issuer": "https://login.acme.example", "client_id": "sekisho" });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        body
    }

    #[test]
    fn a_provider_is_read_with_its_defaults() {
        let read = Kind::IdentityProvider.normalise(&provider(&json!({}))).expect("a provider");
        assert_eq!((read["enabled"].clone(), read["trusted_assurance"].clone()), (json!(true), json!(1)));
        let mapped = json!({ "acr": { "phr": 3 }, "groups_claim": "groups", "groups": { "eng": "engineers" } });
        assert!(Kind::IdentityProvider.normalise(&provider(&mapped)).is_ok());
    }

    #[test]
    fn what_is_no_provider_is_refused() {
        for wrong in [
            json!({ "issuer": "http://login.acme.example" }),
            json!({ "issuer": "https://" }),
            json!({ "issuer": "https://a.example/?x" }),
            json!({ "issuer": "https://a.example@b.example" }),
            json!({ "acr": { "phr": 4 } }),
            json!({ "trusted_assurance": 0 }),
            json!({ "scopes": ["open id"] }),
            json!({ "client_id": "" }),
            json!({ "groups": { "eng": "engineers" } }),
            json!({ "secret": "x" }),
        ] {
            assert!(Kind::IdentityProvider.normalise(&provider(&wrong)).is_err(), "{wrong}");
        }
    }
}
