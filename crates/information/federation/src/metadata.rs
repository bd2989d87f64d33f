//! What a provider publishes of itself: its endpoints (OpenID Connect Discovery 1.0) and its keys, asked for when they are needed and kept
//! for a while.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use sekisho_model::{Span, Timestamp};
use serde::Deserialize;

use crate::federation::Provider;
use crate::https::{Https, unusable};
use crate::{Federation, Refusal};

/// How long metadata and keys are used without asking again.
pub(crate) const KEPT: Span = Span::from_minutes(10);
/// How long an answer with an unknown key waits for keys to be asked for again, and how long a provider that could not be used is not asked
/// again: nobody makes us ask more often.
pub(crate) const AGAIN: Span = Span::from_seconds(5);

/// What is known of a provider.
pub(crate) struct Known {
    pub(crate) metadata: Metadata,
    pub(crate) keys: JwkSet,
    pub(crate) https: Https,
    /// The revision of the document that it was asked for with.
    revision: u64,
    at: Timestamp,
}

/// When a provider could not be used, and why. Who signs in meanwhile gets the same answer and does not make us ask.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    revision: u64,
    at: Timestamp,
    refusal: Refusal,
}

/// The metadata of a provider, of which these fields are used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    #[serde(default)]
    pub(crate) userinfo_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207: every answer names its issuer.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl Federation {
    /// What is known of a provider. It is asked for what is missing or old.
    pub(crate) async fn known(&self, provider: &Provider) -> Result<Arc<Known>, Refusal> {
        self.known_since(provider, KEPT).await
    }

    /// The same, with keys that were asked for a moment ago at most: a provider may have new ones.
    pub(crate) async fn known_now(&self, provider: &Provider) -> Result<Arc<Known>, Refusal> {
        self.known_since(provider, AGAIN).await
    }

    async fn known_since(&self, provider: &Provider, oldest: Span) -> Result<Arc<Known>, Refusal> {
        let (id, now) = (&provider.document.id, self.services.clock.now());
        let kept = self.known.borrow().get(id).cloned();
        if let Some(known) = kept
            && known.revision == provider.revision
            && is_within(now.since(known.at), oldest)
        {
            return Ok(known);
        }
        let failed = self.failed.borrow().get(id).cloned();
        if let Some(Asked { revision, at, refusal }) = failed
            && revision == provider.revision
            && is_within(now.since(at), AGAIN)
        {
            return Err(refusal);
        }
        match ask(provider, now).await {
            Ok(known) => {
                let known = Arc::new(known);
                self.failed.send_modify(|all| drop(all.remove(id)));
                self.known.send_modify(|all| drop(all.insert(id.clone(), Arc::clone(&known))));
                Ok(known)
            }
            Err(refusal) => {
                let asked = Asked { revision: provider.revision, at: now, refusal: refusal.clone() };
                self.failed.send_modify(|all| drop(all.insert(id.clone(), asked)));
                Err(refusal)
            }
        }
    }
}

fn is_within(age: Span, oldest: Span) -> bool {
    age >= Span::ZERO && age < oldest
}

async fn ask(provider: &Provider, at: Timestamp) -> Result<Known, Refusal> {
    let https = Https::new(provider.document.authorities.as_ref())?;
    let issuer = provider.document.issuer.as_str();
    let body = https.get(&discovery_url(issuer), None).await?.successful()?;
    let metadata: Metadata = serde_json::from_value(body).map_err(|error| unusable(&error))?;
    metadata.check(issuer)?;
    let keys = https.get(&metadata.jwks_uri, None).await?.successful()?;
    let keys: JwkSet = serde_json::from_value(keys).map_err(|error| unusable(&error))?;
    Ok(Known { metadata, keys, https, revision: provider.revision, at })
}

/// Where an issuer publishes its metadata (Discovery, section 4).
pub(crate) fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

impl Metadata {
    /// That it is the metadata of this issuer, and offers what is used.
    fn check(&self, issuer: &str) -> Result<(), Refusal> {
        // Byte for byte (Discovery, section 4.3): otherwise one provider could name another's endpoints as its own.
        if self.issuer != issuer {
            return Err(unusable(&"its metadata is of another issuer"));
        }
        let endpoints = [Some(&self.authorization_endpoint), Some(&self.token_endpoint), Some(&self.jwks_uri)];
        let mut endpoints = endpoints.into_iter().chain([self.userinfo_endpoint.as_ref()]).flatten();
        if !endpoints
            .all(|endpoint| endpoint.starts_with("https://") && endpoint.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(unusable(&"an endpoint of it is no https address"));
        }
        match &self.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|method| method == "S256") => {
                Err(unusable(&"it has no PKCE with S256"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(more: Value) -> Result<(), Refusal> {
        let mut body = json!({ "issuer": "https://a.example", "authorization_endpoint": "https://a.example/auth",
            "token_endpoint": "https://a.example/token", "jwks_uri": "https://a.example/keys" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value::<Metadata>(body).expect("metadata").check("https://a.example")
    }

    #[test]
    fn metadata_of_this_issuer_with_https_and_pkce_is_used() {
        assert_eq!(checked(json!({})), Ok(()));
        assert_eq!(checked(json!({ "code_challenge_methods_supported": ["plain", "S256"] })), Ok(()));
    }

    #[test]
    fn other_metadata_is_not() {
        for wrong in [
            json!({ "issuer": "https://a.example/" }),
            json!({ "issuer": "https://b.example" }),
            json!({ "token_endpoint": "http://a.example/token" }),
            json!({ "userinfo_endpoint": "http://a.example/me" }),
            json!({ "jwks_uri": "https://a.example/ke ys" }),
            json!({ "code_challenge_methods_supported": ["plain"] }),
        ] {
            assert!(matches!(checked(wrong.clone()), Err(Refusal::Unusable(_))), "{wrong}");
        }
    }
}
