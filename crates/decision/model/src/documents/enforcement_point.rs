//! Enforcement points that are not ours: proxies and applications that ask for decisions and carry them out themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Action, EnforcementPointId, ResourceId, UserId};

/// An enforcement point: how it proves who it is, how it speaks, and which resources it may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnforcementPoint {
    /// The enforcement point's identifier.
    pub id: EnforcementPointId,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// What it is, and so in which fields it says what was asked for.
    pub speaks: Dialect,
    /// Whether it may ask.
    #[serde(default)]
    pub status: EnforcementPointStatus,
    /// The resources that it may ask for. Empty means none.
    #[serde(default)]
    pub resources: Vec<ResourceId>,
    /// The port under which people reach these resources through it, where it is not the portal's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Hexadecimal SHA-256 of the public keys (DER SubjectPublicKeyInfo) of its certificates, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Sha256Hex>,
    /// Hexadecimal SHA-256 of its tokens, the newest last. A token itself is shown once and kept nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Sha256Hex>,
    /// For [`Dialect::Authzen`]: what it calls resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<ForeignName>,
    /// For [`Dialect::Authzen`]: what it calls people, where that is not their account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subjects: BTreeMap<String, UserId>,
    /// For [`Dialect::Authzen`]: what it calls actions, besides the names of policies and HTTP methods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actions: BTreeMap<String, Action>,
}

impl EnforcementPoint {
    /// What its certificates name, before its identifier. No device has such a name.
    pub const CERTIFICATE_NAME: &str = "enforcement-point.";

    /// Whether it may ask for a resource now.
    #[must_use]
    pub fn may_ask_for(&self, resource: &ResourceId) -> bool {
        self.status == EnforcementPointStatus::Active && self.resources.contains(resource)
    }
}

/// What an enforcement point is. Only the fields of its own dialect are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// nginx with `auth_request`: `X-Original-Method`, `X-Original-URL`, `X-Real-IP`.
    Nginx,
    /// Traefik with `forwardAuth`: `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`, `-For`.
    Traefik,
    /// Caddy with `forward_auth`: the same fields as Traefik.
    Caddy,
    /// Envoy with `ext_authz` over gRPC: the attributes of the check request.
    Envoy,
    /// An application or API gateway that speaks the OpenID Authorization API.
    Authzen,
}

impl Dialect {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
            Self::Authzen => "authzen",
        }
    }
}

/// Whether an enforcement point may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnforcementPointStatus {
    /// It may.
    #[default]
    Active,
    /// It may not: whatever it asks is refused.
    Disabled,
}

/// What an enforcement point calls a resource of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignName {
    /// Its type of resource.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its identifier; absent means every one of that type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The resource; absent means the one with the same identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
}

/// A SHA-256 in 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// The hash with those bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(hex::encode(bytes))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Sha256Hex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_hash = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_hash {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom("not a SHA-256: write 64 of 0-9 and a-f, never the secret itself"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enforcement_point_may_ask_for_what_is_assigned_to_it() {
        let text = r#"{ "id": "edge", "speaks": "nginx", "resources": ["wiki"] }"#;
        let mut point: EnforcementPoint = serde_json::from_str(text).expect("a document");
        let (wiki, payroll) = ("wiki".parse().expect("an id"), "payroll".parse().expect("an id"));
        assert!(point.may_ask_for(&wiki));
        assert!(!point.may_ask_for(&payroll));
        point.status = EnforcementPointStatus::Disabled;
        assert!(!point.may_ask_for(&wiki));
    }

    #[test]
    fn a_token_is_never_a_hash() {
        for wrong in ["secret", &"A".repeat(64), &"a".repeat(63)] {
            let text = format!(r#"{{ "id": "edge", "speaks": "nginx", "tokens": ["{wrong}"] }}"#);
            assert!(serde_json::from_str::<EnforcementPoint>(&text).is_err(), "{wrong}");
        }
    }
}
