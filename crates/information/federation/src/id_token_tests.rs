//! Tokens that count, and each of their neighbours that does not.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::*;

const NOW: i64 = 1_790_000_000;

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
        let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.key).expect("a token")
    }
}

fn claims(more: &Value) -> Value {
    let mut claims = json!({ "iss": "https://a.example", "sub": "248289761001", "aud": "sekisho", "exp": NOW + 300,
        "iat": NOW, "nonce": "n", "auth_time": NOW - 10, "amr": ["pwd"], "groups": ["eng"] });
    let fields = claims.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    fields.retain(|_, value| !value.is_null());
    claims
}

fn read(token: &str, keys: &JwkSet) -> Result<IdToken, Refusal> {
    let now = Timestamp::from_millis(NOW * 1000);
    let expected = Expected { issuer: "https://a.example", client: "sekisho", nonce: "n", max_age: 300, now };
    verified(token, keys, &expected)
}

#[test]
fn i33_a_token_that_was_asked_for_counts() {
    let signer = Signer::new();
    let alike = [
        json!({}),
        json!({ "aud": ["sekisho"] }),
        json!({ "aud": ["sekisho", "other"], "azp": "sekisho" }),
        json!({ "exp": NOW - 59 }),
        json!({ "auth_time": NOW - 359 }),
    ];
    for more in alike {
        let token = read(&signer.sign(&claims(&more)), &signer.keys).expect("a token that counts");
        assert_eq!((token.sub.as_str(), token.other["groups"][0].as_str()), ("248289761001", Some("eng")), "{more}");
    }
}

#[test]
fn i33_a_token_that_was_not_asked_for_does_not() {
    let signer = Signer::new();
    for (more, rule) in [
        (json!({ "iss": "https://a.example/" }), "issuer"),
        (json!({ "iss": "https://b.example" }), "issuer"),
        (json!({ "aud": "other" }), "audience"),
        (json!({ "aud": ["other"] }), "audience"),
        (json!({ "aud": ["sekisho", "other"] }), "audience"),
        (json!({ "aud": "sekisho", "azp": "other" }), "audience"),
        (json!({ "nonce": "m" }), "nonce"),
        (json!({ "exp": NOW - 61 }), "expired"),
        (json!({ "iat": NOW + 61 }), "issued in the future"),
        (json!({ "auth_time": NOW + 61 }), "authenticated in the future"),
        (json!({ "auth_time": NOW - 361 }), "authenticated too long ago"),
        (json!({ "sub": "" }), "subject"),
    ] {
        let refused = read(&signer.sign(&claims(&more)), &signer.keys).expect_err("a token that does not count");
        assert_eq!(refused, Refusal::WrongToken(rule), "{more}");
    }
    for missing in ["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time"] {
        let more = Value::Object([(missing.to_owned(), Value::Null)].into_iter().collect());
        assert!(read(&signer.sign(&claims(&more)), &signer.keys).is_err(), "{missing}");
    }
    assert!(read(&signer.sign(&claims(&json!({ "exp": "2090-01-01" }))), &signer.keys).is_err(), "a text is no time");
}

#[test]
fn i33_a_signature_of_anybody_else_does_not_count() {
    let (signer, other) = (Signer::new(), Signer::new());
    let good = claims(&json!({}));
    assert!(read(&signer.sign(&good), &signer.keys).is_ok());
    assert_eq!(read(&other.sign(&good), &signer.keys).expect_err("another key"), Refusal::WrongToken("signature"));
    // A shared key: the provider's public key, taken for a secret.
    let secret = serde_json::to_vec(&signer.keys).expect("keys");
    let shared = encode(&Header::new(Algorithm::HS256), &good, &EncodingKey::from_secret(&secret)).expect("a token");
    assert!(read(&shared, &signer.keys).is_err());
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(json!({ "alg": "none" })), part(good.clone()));
    assert!(read(&unsigned, &signer.keys).is_err());
    let mut cut = signer.sign(&good);
    cut.truncate(cut.len() - 2);
    assert!(read(&cut, &signer.keys).is_err());
}
