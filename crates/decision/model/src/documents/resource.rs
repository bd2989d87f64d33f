//! Resources: what is protected.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use super::shown_names::shown_names;
use super::{AllowedOrigin, AttributeValue, RequestRules, TcpAddress, Upstream};
use crate::{Host, ResourceId, Text, UserId};

/// A resource: application, TCP service, API or data set, with its owner, label and way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The resource's identifier.
    pub id: ResourceId,
    /// The name that people see.
    pub name: Text,
    /// What it is for.
    #[serde(default)]
    pub description: Text,
    /// What it is.
    #[serde(default)]
    pub kind: ResourceKind,
    /// The host name under which people reach it through the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// Where the gateway forwards to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Arc<Upstream>>,
    /// What of requests passes to the application, where that differs from what passes to all.
    #[serde(default, skip_serializing_if = "passes_as_usual")]
    pub requests: Arc<RequestRules>,
    /// Where a TCP service is: tried in this order. Only for the kind `tcp`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<TcpAddress>,
    /// The person responsible for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// The sensitivity of what it holds, 0 (public) to 4. Absent in what is written means 4: unlabelled is most sensitive.
    #[serde(default = "most_sensitive", deserialize_with = "bounded::<_, 0, 4>")]
    pub sensitivity: u8,
    /// The categories it is in: names of `Sekisho::Category`.
    #[serde(default, deserialize_with = "shown_names")]
    pub categories: Vec<String>,
    /// The environment: `production`, `staging`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Whether the TLS handshake for its host asks for the device's certificate.
    #[serde(default)]
    pub client_certificate: ClientCertificate,
    /// Origins whose pages may call it with the session of who looks at them, and read what it answers. Its own is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Whether browsers get our `Strict-Transport-Security` from its host.
    #[serde(default, skip_serializing_if = "TransportSecurity::is_default")]
    pub transport_security: TransportSecurity,
    /// Custom attributes, read in policies as tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, AttributeValue>,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// A web application.
    #[default]
    Web,
    /// A TCP service.
    Tcp,
    /// An API.
    Api,
    /// A data set.
    Data,
}

impl ResourceKind {
    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Tcp => "tcp",
            Self::Api => "api",
            Self::Data => "data",
        }
    }
}

/// Whether a TLS handshake asks for the device's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificate {
    /// It does not: browsers are not asked to choose one.
    #[default]
    None,
    /// It asks, and goes on without.
    Optional,
    /// It asks, and ends without.
    Required,
}

fn passes_as_usual(rules: &Arc<RequestRules>) -> bool {
    rules.is_usual()
}

/// Whether browsers get a `Strict-Transport-Security` from a resource's host. What the application says of it never passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportSecurity {
    /// Ours: this host over HTTPS only, for a year.
    #[default]
    Sekisho,
    /// None.
    None,
}

impl TransportSecurity {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

const fn most_sensitive() -> u8 {
    4
}
