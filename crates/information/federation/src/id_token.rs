//! The ID token: what must hold for it to count (OpenID Connect Core 1.0, section 3.1.3.7). Pure.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use sekisho_model::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::Refusal;

/// How far clocks may differ, in seconds.
pub(crate) const LEEWAY: i64 = 60;
/// The signatures that count: public keys only, so that nobody signs with what everybody can read.
const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
];

/// The refusal of a token whose key the provider does not publish: it may have a new one.
pub(crate) const UNKNOWN_KEY: Refusal = Refusal::WrongToken("unknown key");

/// What a token must be for.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client: &'a str,
    pub(crate) nonce: &'a str,
    /// The greatest age of the authentication, in seconds.
    pub(crate) max_age: i64,
    pub(crate) now: Timestamp,
}

/// The claims of a token that counts.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IdToken {
    iss: String,
    pub(crate) sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: String,
    auth_time: i64,
    #[serde(default)]
    pub(crate) acr: Option<String>,
    #[serde(default)]
    pub(crate) amr: Vec<String>,
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The claims of a token, when it counts.
///
/// # Errors
/// [`Refusal::WrongToken`] names the first rule that it breaks.
pub(crate) fn verified(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<IdToken, Refusal> {
    signed::<IdToken>(token, keys)?.checked(expected)
}

/// The claims of a token that one of these keys signed. Nothing else of it is checked.
///
/// # Errors
/// As [`verified`].
pub(crate) fn signed<T: DeserializeOwned>(token: &str, keys: &JwkSet) -> Result<T, Refusal> {
    let wrong = Refusal::WrongToken;
    let header = decode_header(token).map_err(|_| wrong("no signed token"))?;
    // INVARIANT I-33: the signature is of a public key that the provider publishes; `none` and shared keys are not among these.
    if !ALGORITHMS.contains(&header.alg) {
        return Err(wrong("signature algorithm"));
    }
    let key = key(keys, header.kid.as_deref()).ok_or(UNKNOWN_KEY)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| wrong("unusable key"))?;
    let mut validation = Validation::new(header.alg);
    // Everything else is checked below, against the platform's clock.
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let claims = decode::<T>(token, &key, &validation).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => wrong("a claim is missing or of another type"),
        _ => wrong("signature"),
    })?;
    Ok(claims.claims)
}

/// The key of that name; without a name, the only key.
fn key<'k>(keys: &'k JwkSet, name: Option<&str>) -> Option<&'k Jwk> {
    let signs = |key: &&Jwk| matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let mut signing = keys.keys.iter().filter(signs);
    match name {
        Some(name) => signing.find(|key| key.common.key_id.as_deref() == Some(name)),
        None => signing.next().filter(|_| signing.next().is_none()),
    }
}

impl IdToken {
    fn checked(self, expected: &Expected<'_>) -> Result<Self, Refusal> {
        let now = expected.now.as_seconds();
        // INVARIANT I-33: issuer, audience, nonce and times are those of this redirection.
        let rules = [
            (self.iss == expected.issuer, "issuer"),
            (self.aud.is(expected.client, self.azp.as_deref()), "audience"),
            (bool::from(self.nonce.as_bytes().ct_eq(expected.nonce.as_bytes())), "nonce"),
            (now < self.exp.saturating_add(LEEWAY), "expired"),
            (self.iat.saturating_sub(LEEWAY) <= now, "issued in the future"),
            (self.auth_time.saturating_sub(LEEWAY) <= now, "authenticated in the future"),
            (now <= self.auth_time.saturating_add(expected.max_age + LEEWAY), "authenticated too long ago"),
            (!self.sub.is_empty() && self.sub.len() <= 255, "subject"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Refusal::WrongToken(rule)),
            None => Ok(self),
        }
    }
}

impl Audience {
    /// Whether it names that audience, alone or among others.
    pub(crate) fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }

    /// Whether a token is for this client, and for it alone or by its authority.
    fn is(&self, client: &str, authorized: Option<&str>) -> bool {
        let (named, alone) = match self {
            Self::One(one) => (one == client, true),
            Self::Several(several) => (several.iter().any(|one| one == client), several.len() == 1),
        };
        named && authorized.map_or(alone, |authorized| authorized == client)
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
