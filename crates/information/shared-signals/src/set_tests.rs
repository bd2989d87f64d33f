//! Tokens that count, and each of their neighbours that does not.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

use super::*;
use crate::subject::Identifier;

const NOW: i64 = 1_790_000_000;
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

struct Signer {
    key: EncodingKey,
    keys: JwkSet,
}

impl Signer {
    fn new() -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).expect("a key");
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "k", "use": "sig" }] });
        Self { key: EncodingKey::from_ec_der(pkcs8.as_ref()), keys: serde_json::from_value(keys).expect("keys") }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = jsonwebtoken::Header::new(Algorithm::ES256);
        (header.kid, header.typ) = (Some("k".to_owned()), Some("secevent+jwt".to_owned()));
        encode(&header, claims, &self.key).expect("a token")
    }

    /// A token with a header of one's own, and a signature over it.
    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).expect("signed");
        format!("{signed}.{signature}")
    }
}

fn claims(more: &Value) -> Value {
    let mut claims = json!({ "iss": "https://a.example", "aud": "sekisho", "jti": "1", "iat": NOW,
        "sub_id": { "format": "email", "email": "alice@example.jp" },
        "events": { REVOKED: { "event_timestamp": NOW - 5 } } });
    let fields = claims.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    fields.retain(|_, value| !value.is_null());
    claims
}

fn read(token: &str, keys: &JwkSet) -> Result<Event, Refusal> {
    let (now, max_age) = (Timestamp::from_millis(NOW * 1000), Span::from_minutes(10));
    let expected = Expected { issuer: "https://a.example", audience: "sekisho", max_age, now };
    verified(token.as_bytes(), keys, &expected)
}

#[test]
fn i61_a_token_of_the_issuer_for_us_counts() {
    let signer = Signer::new();
    for more in [
        json!({}),
        json!({ "aud": ["other", "sekisho"] }),
        json!({ "iat": NOW - 600 }),
        json!({ "iat": NOW + 60 }),
        json!({ "iat": 1_790_000_000.5 }),
        json!({ "txn": "x", "toe": NOW }),
    ] {
        let event = read(&signer.sign(&claims(&more)), &signer.keys).expect("a token that counts");
        let alice = Some(Identifier::Email("alice@example.jp".to_owned()));
        assert_eq!((event.id.as_str(), event.subject.user), ("1", alice), "{more}");
        assert_eq!((event.what[0].name.as_str(), event.what[0].at.as_seconds()), ("session-revoked", NOW - 5));
    }
}

#[test]
fn i61_a_token_of_another_issuer_for_others_or_of_another_time_does_not() {
    let signer = Signer::new();
    let untimely = |rule| Refusal::Untimely(rule);
    for (more, refusal) in [
        (json!({ "iss": "https://b.example" }), Refusal::Issuer),
        (json!({ "iss": "https://a.example/" }), Refusal::Issuer),
        (json!({ "aud": "other" }), Refusal::Audience),
        (json!({ "aud": [] }), Refusal::Audience),
        (json!({ "iat": NOW - 601 }), untimely("the event is too old")),
        (json!({ "iat": NOW + 61 }), untimely("the event is from the future")),
        (
            json!({ "events": { REVOKED: { "event_timestamp": NOW + 61 } } }),
            untimely("`event_timestamp` is later than `iat`"),
        ),
        (json!({ "sub": "alice" }), Refusal::Malformed("`sub` and `exp` stand in no event")),
        (json!({ "exp": NOW + 60 }), Refusal::Malformed("`sub` and `exp` stand in no event")),
        (json!({ "jti": "" }), Refusal::Malformed("`jti` is missing or too long")),
        (json!({ "events": {} }), Refusal::Malformed("`events` names no event, or more than one")),
    ] {
        assert_eq!(read(&signer.sign(&claims(&more)), &signer.keys), Err(refusal), "{more}");
    }
    for gone in ["iss", "aud", "jti", "iat", "events"] {
        let token = signer.sign(&claims(&json!({ gone: null })));
        assert!(matches!(read(&token, &signer.keys), Err(Refusal::Malformed(_))), "{gone}");
    }
}

#[test]
fn i61_only_the_keys_of_the_issuer_sign_and_only_by_these_algorithms() {
    let (signer, other) = (Signer::new(), Signer::new());
    let good = claims(&json!({}));
    assert!(matches!(read(&other.sign(&good), &signer.keys), Err(Refusal::Key(_))));
    assert!(matches!(read(&signer.sign(&good), &JwkSet { keys: Vec::new() }), Err(Refusal::Key(_))));
    let header = |more: Value| {
        let mut header = json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k" });
        header.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        header
    };
    assert!(read(&signer.sign_with(&header(json!({})), &good), &signer.keys).is_ok());
    assert!(
        read(&signer.sign_with(&header(json!({ "typ": "application/SecEvent+JWT" })), &good), &signer.keys).is_ok()
    );
    for more in [
        json!({ "alg": "none" }),
        json!({ "alg": "None" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES384" }),
        json!({ "alg": "RS256" }),
        json!({ "kid": "other" }),
    ] {
        let token = signer.sign_with(&header(more.clone()), &good);
        assert!(matches!(read(&token, &signer.keys), Err(Refusal::Key(_))), "{more}");
        let unsigned = format!("{}.", token.rsplit_once('.').expect("three parts").0);
        assert!(read(&unsigned, &signer.keys).is_err(), "{more}");
    }
    for more in [json!({ "typ": "JWT" }), json!({ "typ": null }), json!({ "crit": ["x"], "x": 1 })] {
        let token = signer.sign_with(&header(more.clone()), &good);
        assert!(matches!(read(&token, &signer.keys), Err(Refusal::Malformed(_))), "{more}");
    }
    let token = signer.sign(&good);
    for (at, letter) in token.bytes().enumerate() {
        let mut forged = token.clone().into_bytes();
        forged[at] = if letter == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("a text");
        // The last letter of a signature holds bits that stand for nothing.
        assert!(at + 1 == token.len() || read(&forged, &signer.keys).is_err(), "{at}");
    }
}

#[test]
fn a_claim_that_stands_twice_makes_a_token_unreadable() {
    let signer = Signer::new();
    let text = claims(&json!({})).to_string().replacen('{', "{\"iss\":\"https://b.example\",", 1);
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"secevent+jwt"}"#),
        URL_SAFE_NO_PAD.encode(text)
    );
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &signer.key, Algorithm::ES256).expect("signed");
    assert!(matches!(read(&format!("{signed}.{signature}"), &signer.keys), Err(Refusal::Malformed(_))));
}

#[test]
fn an_unknown_key_is_asked_for_and_a_known_one_is_not() {
    let signer = Signer::new();
    let token = signer.sign(&claims(&json!({})));
    assert!(!names_another_key(token.as_bytes(), &signer.keys));
    assert!(names_another_key(token.as_bytes(), &JwkSet { keys: Vec::new() }));
    assert!(!names_another_key(b"x", &signer.keys));
}
