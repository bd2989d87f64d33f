//! Tokens of issuers that somebody other than a person signs in with: CI systems and clusters. What an issuer publishes is asked for as
//! for sign-in, but such an issuer needs no endpoints besides its keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use sekisho_model::Timestamp;
use sekisho_model::documents::{Authorities, Issuer};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::Refusal;
use crate::https::{Https, unusable};
use crate::id_token::{Audience, LEEWAY, UNKNOWN_KEY, signed};
use crate::metadata::{AGAIN, KEPT, discovery_url};

/// The keys of issuers, asked for when they are needed and kept for a while. Clones share them.
#[derive(Clone, Default)]
pub struct Issuers {
    known: watch::Sender<BTreeMap<String, Arc<Published>>>,
}

/// What an issuer published.
struct Published {
    authorities: Option<Authorities>,
    keys: JwkSet,
    at: Timestamp,
}

/// The metadata of an issuer, of which these fields are used.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// The claims of a token whose signature, issuer and times are good. Whether it is for us is the caller's to say.
#[derive(Debug, Clone, Deserialize)]
pub struct IssuedToken {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Issuers {
    /// The claims of a token of an issuer, when its signature and times are good.
    ///
    /// # Errors
    /// [`Refusal::WrongToken`] names the first rule that it breaks; [`Refusal::Unusable`] when the issuer's keys cannot be had.
    pub async fn token(
        &self,
        issuer: &Issuer,
        authorities: Option<&Authorities>,
        token: &str,
        now: Timestamp,
    ) -> Result<IssuedToken, Refusal> {
        let kept = self.known.borrow().get(issuer.as_str()).cloned();
        let age = |published: &Published| now.since(published.at);
        let is_same = |published: &&Arc<Published>| published.authorities.as_ref() == authorities;
        let kept = kept.as_ref().filter(is_same).filter(|kept| kept.at <= now && age(kept) < KEPT).cloned();
        let (published, is_old) = match kept {
            Some(kept) => {
                let is_old = age(&kept) >= AGAIN;
                (kept, is_old)
            }
            None => (self.ask(issuer, authorities, now).await?, false),
        };
        let verified = match signed::<IssuedToken>(token, &published.keys) {
            // The issuer may have a new key.
            Err(refusal) if refusal == UNKNOWN_KEY && is_old => {
                let published = self.ask(issuer, authorities, now).await?;
                signed::<IssuedToken>(token, &published.keys)?
            }
            verified => verified?,
        };
        verified.checked(issuer, now)
    }

    async fn ask(
        &self,
        issuer: &Issuer,
        authorities: Option<&Authorities>,
        at: Timestamp,
    ) -> Result<Arc<Published>, Refusal> {
        let https = Https::new(authorities)?;
        let body = https.get(&discovery_url(issuer.as_str()), None).await?.successful()?;
        let metadata: Metadata = serde_json::from_value(body).map_err(|error| unusable(&error))?;
        // Byte for byte (Discovery, section 4.3): otherwise one issuer could name another's keys as its own.
        if metadata.issuer != issuer.as_str() {
            return Err(unusable(&"its metadata is of another issuer"));
        }
        let keys = https.get(&metadata.jwks_uri, None).await?.successful()?;
        let keys: JwkSet = serde_json::from_value(keys).map_err(|error| unusable(&error))?;
        let published = Arc::new(Published { authorities: authorities.cloned(), keys, at });
        self.known.send_modify(|all| drop(all.insert(issuer.to_string(), Arc::clone(&published))));
        Ok(published)
    }
}

impl std::fmt::Debug for Issuers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuers")
    }
}

impl IssuedToken {
    /// The issuer that a token names, before anything of it is believed: it says only whose keys are looked for.
    #[must_use]
    pub fn claimed_issuer(token: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Claimed {
            iss: String,
        }
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<Claimed>(&bytes).ok().map(|claimed| claimed.iss)
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.sub
    }

    /// Whether the token names that audience.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        self.aud.names(audience)
    }

    /// Whether a claim is exactly that text. Numbers and truth values count as they are written in JSON.
    #[must_use]
    pub fn has(&self, claim: &str, text: &str) -> bool {
        match self.other.get(claim) {
            Some(Value::String(said)) => said == text,
            Some(Value::Number(said)) => said.to_string() == text,
            Some(Value::Bool(said)) => text == if *said { "true" } else { "false" },
            _ => false,
        }
    }

    fn checked(self, issuer: &Issuer, now: Timestamp) -> Result<Self, Refusal> {
        let now = now.as_seconds();
        // INVARIANT I-55: issuer and times are good before anybody looks at what the token says.
        let rules = [
            (self.iss == issuer.as_str(), "issuer"),
            (now < self.exp.saturating_add(LEEWAY), "expired"),
            (self.iat.saturating_sub(LEEWAY) <= now, "issued in the future"),
            (self.nbf.is_none_or(|nbf| nbf.saturating_sub(LEEWAY) <= now), "not valid yet"),
            (!self.sub.is_empty() && self.sub.len() <= 255, "subject"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Refusal::WrongToken(rule)),
            None => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn checked(more: Value) -> Result<IssuedToken, Refusal> {
        let mut claims = json!({ "iss": "https://ci.example", "sub": "repo:acme/app:ref:main", "aud": ["x", "sekisho"],
            "exp": NOW + 300, "iat": NOW, "run_attempt": 1, "ref": "main" });
        claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let issuer: Issuer = "https://ci.example".parse().expect("an issuer");
        let token: IssuedToken = serde_json::from_value(claims).expect("claims");
        token.checked(&issuer, Timestamp::from_millis(NOW * 1000))
    }

    #[test]
    fn i55_a_token_of_that_issuer_and_time_counts() {
        let token = checked(json!({ "nbf": NOW })).expect("a token");
        assert!(token.is_for("sekisho") && token.is_for("x") && !token.is_for("sek"));
        assert!(token.has("ref", "main") && token.has("run_attempt", "1"));
        assert!(!token.has("ref", "mai") && !token.has("missing", "") && !token.has("sub", token.subject()));
    }

    #[test]
    fn i55_no_other_counts() {
        for (more, rule) in [
            (json!({ "iss": "https://ci.example/" }), "issuer"),
            (json!({ "exp": NOW - 60 }), "expired"),
            (json!({ "iat": NOW + 61 }), "issued in the future"),
            (json!({ "nbf": NOW + 61 }), "not valid yet"),
            (json!({ "sub": "" }), "subject"),
        ] {
            assert_eq!(checked(more).map(drop), Err(Refusal::WrongToken(rule)));
        }
    }

    #[test]
    fn the_issuer_is_read_of_what_has_the_form_of_a_token() {
        let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"iss":"https://ci.example"}"#));
        assert_eq!(IssuedToken::claimed_issuer(&token).as_deref(), Some("https://ci.example"));
        for other in ["", "a.b", "..", "e30.e30.x"] {
            assert_eq!(IssuedToken::claimed_issuer(other), None, "{other}");
        }
    }
}
