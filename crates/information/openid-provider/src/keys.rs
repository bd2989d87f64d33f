//! The keys that sign ID tokens (ES256): sealed in the store, published a day before they sign, and published on while what they signed
//! may count.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sekisho_capability::{ChangeError, key_once, maintain};
use sekisho_model::documents::Kind;
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::OpenIdProvider;
use crate::refusal::Refusal;

/// Where the keys are kept.
const PLACE: &str = "openid-signing";
/// How long a new key is published before it signs: who keeps the published keys has it by then.
const BEFORE: Span = Span::from_minutes(24 * 60);
/// After how long a key is followed by another.
const LIFE: Span = Span::from_minutes(90 * 24 * 60);
/// How long a key is published after the next one signs. No ID token counts for so long.
const AFTER: Span = Span::from_minutes(7 * 24 * 60);

/// The keys, oldest first.
#[derive(Serialize, Deserialize)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

/// One key.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Key {
    /// Its name: the beginning of the hash of its public half.
    kid: String,
    /// PKCS #8 in base64.
    pkcs8: String,
    #[zeroize(skip)]
    made_at: Timestamp,
}

impl Key {
    fn make(now: Timestamp) -> Option<Self> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).ok()?;
        let hash = digest::digest(&digest::SHA256, pair.public_key().as_ref());
        let kid = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { kid, pkcs8: BASE64.encode(document.as_ref()), made_at: now })
    }

    fn pair(&self) -> Option<EcdsaKeyPair> {
        let bytes = zeroize::Zeroizing::new(BASE64.decode(&self.pkcs8).ok()?);
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes).ok()
    }

    /// The public half as a JSON Web Key.
    fn public(&self) -> Option<Value> {
        let pair = self.pair()?;
        let point = pair.public_key().as_ref();
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        Some(json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": BASE64.encode(x), "y": BASE64.encode(y) }))
    }
}

impl Keys {
    fn first(now: Timestamp) -> Option<Self> {
        Some(Self { keys: vec![Key::make(now)?] })
    }

    /// The key that signs now: the newest that has been published for long enough, or the only one.
    fn signing(&self, now: Timestamp) -> Option<&Key> {
        let signs = |key: &&Key| key.made_at.plus(BEFORE) <= now;
        self.keys.iter().rev().find(signs).or_else(|| self.keys.first())
    }

    /// The keys as they should be now, with one that `make` makes; `None` where they are so.
    fn renewed(&self, now: Timestamp, make: impl FnOnce() -> Option<Key>) -> Option<Self> {
        let is_old = self.keys.last().is_none_or(|newest| newest.made_at.plus(LIFE) <= now);
        let signs_since = |key: &Key| key.made_at.plus(BEFORE);
        let kept = self
            .keys
            .iter()
            .enumerate()
            .filter(|(at, _)| self.keys.get(at + 1).is_none_or(|next| now < signs_since(next).plus(AFTER)));
        let kept: Vec<Key> = kept.map(|(_, key)| key.clone()).collect();
        let is_same = kept.len() == self.keys.len();
        match is_old {
            true => Some(Self { keys: kept.into_iter().chain(make()).collect() }),
            false if is_same => None,
            false => Some(Self { keys: kept }),
        }
    }

    /// What is published.
    pub(crate) fn published(&self) -> Value {
        json!({ "keys": self.keys.iter().filter_map(Key::public).collect::<Vec<_>>() })
    }

    /// A signed token with these claims.
    pub(crate) fn signed(&self, claims: &Value, now: Timestamp) -> Option<String> {
        let key = self.signing(now)?;
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": key.kid });
        let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = key.pair()?.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
        Some(format!("{text}.{}", BASE64.encode(signature.as_ref())))
    }

    /// The claims of a token that one of these keys signed, whether or not it has expired.
    pub(crate) fn verified(&self, token: &str) -> Option<Value> {
        let (text, signature) = token.rsplit_once('.')?;
        let (header, claims) = text.split_once('.')?;
        let header: Value = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
        if header.get("alg").and_then(Value::as_str) != Some("ES256") {
            return None;
        }
        let kid = header.get("kid").and_then(Value::as_str)?;
        let pair = self.keys.iter().find(|key| key.kid == kid)?.pair()?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        public.verify(text.as_bytes(), &BASE64.decode(signature).ok()?).ok()?;
        serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
    }
}

impl OpenIdProvider {
    /// The keys. The first request makes the first one.
    pub(crate) async fn keys(&self, now: Timestamp) -> Result<Keys, Refusal> {
        let make = || Ok::<_, Refusal>(serde_json::to_value(Keys::first(now).ok_or(Refusal::Unavailable)?)?);
        Ok(serde_json::from_value(key_once(&self.services.store, PLACE, now, make).await?)?)
    }

    /// Adds the next key in time, and removes those that signed nothing that may count.
    pub(crate) async fn renew_keys(&self, now: Timestamp) -> Result<(), ChangeError> {
        let Some(document) = self.services.store.get(Kind::Key, PLACE).await? else { return Ok(()) };
        let Ok(keys) = serde_json::from_value::<Keys>(document.body) else { return Ok(()) };
        let Some(body) = keys.renewed(now, || Key::make(now)).and_then(|keys| serde_json::to_value(keys).ok()) else {
            return Ok(());
        };
        let expected = Expected::Revision(document.revision);
        let write = Write::Put { kind: Kind::Key, id: PLACE.to_owned(), expected, body };
        maintain(&self.services.store, vec![write], now).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: i64) -> Timestamp {
        Timestamp::from_millis(0).plus(Span::from_minutes(days * 24 * 60))
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_after_it_signed() {
        let first = Keys::first(days(0)).expect("a key");
        assert!(first.renewed(days(89), || Key::make(days(89))).is_none());
        let two = first.renewed(days(90), || Key::make(days(90))).expect("a second key");
        let kid = |keys: &Keys, at| keys.signing(days(at)).expect("a key").kid.clone();
        assert_eq!(kid(&two, 90), first.keys[0].kid, "the new one is not known yet");
        assert_eq!(kid(&two, 91), two.keys[1].kid);
        assert!(two.renewed(days(97), || None).is_none(), "the old one is still published");
        let one = two.renewed(days(98), || None).expect("the old one goes");
        assert_eq!((one.keys.len(), &one.keys[0].kid), (1, &two.keys[1].kid));
    }

    #[test]
    fn only_what_a_key_signed_is_verified() {
        let (keys, others) = (Keys::first(days(0)).expect("a key"), Keys::first(days(0)).expect("a key"));
        let token = keys.signed(&json!({ "sub": "alice" }), days(0)).expect("a token");
        assert_eq!(keys.verified(&token), Some(json!({ "sub": "alice" })));
        assert_eq!(others.verified(&token), None);
        let mut parts: Vec<&str> = token.split('.').collect();
        let forged = BASE64.encode(json!({ "sub": "bob" }).to_string());
        parts[1] = &forged;
        assert_eq!(keys.verified(&parts.join(".")), None);
        let none = BASE64.encode(json!({ "alg": "none", "kid": keys.keys[0].kid }).to_string());
        assert_eq!(keys.verified(&format!("{none}.{forged}.")), None);
        let published = keys.published();
        assert!(published["keys"][0].get("d").is_none() && published["keys"][0]["x"].is_string());
    }
}
