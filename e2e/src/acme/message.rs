//! A signed message of a client (RFC 8555, section 6.2): flattened JWS, ES256, checked whole.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::conduct::Refusal;

/// The key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountKey {
    /// The point, uncompressed.
    pub(super) point: Vec<u8>,
    /// SHA-256 of its canonical form (RFC 7638), base64url.
    pub(super) thumbprint: String,
}

/// A message whose form is right. Its signature is checked once its signer is known.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) nonce: String,
    pub(super) url: String,
    pub(super) signer: Signer,
    pub(super) payload: Vec<u8>,
    signed: String,
    signature: Vec<u8>,
}

/// Who says to have signed.
#[derive(Debug)]
pub(super) enum Signer {
    Key(AccountKey),
    Account(String),
}

pub(super) fn wrong(kind: &'static str) -> Refusal {
    Refusal { status: if kind == "unauthorized" { 403 } else { 400 }, kind, retry_after: None }
}

impl Message {
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = || wrong("malformed");
        let jws: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
        if jws.as_object().is_none_or(|fields| fields.len() != 3) {
            return Err(malformed());
        }
        let part = |name: &str| jws.get(name).and_then(Value::as_str).ok_or_else(malformed);
        let (protected, payload) = (part("protected")?, part("payload")?);
        let header: Value = serde_json::from_slice(&decode(protected)?).map_err(|_| malformed())?;
        if text(&header, "alg") != Some("ES256") {
            return Err(wrong("badSignatureAlgorithm"));
        }
        let signer = match (header.get("jwk"), text(&header, "kid")) {
            (Some(jwk), None) => Signer::Key(AccountKey::read(jwk)?),
            (None, Some(account)) => Signer::Account(account.to_owned()),
            _ => return Err(malformed()),
        };
        Ok(Self {
            nonce: text(&header, "nonce").ok_or_else(malformed)?.to_owned(),
            url: text(&header, "url").ok_or_else(malformed)?.to_owned(),
            signer,
            payload: decode(payload)?,
            signed: format!("{protected}.{payload}"),
            signature: decode(part("signature")?)?,
        })
    }

    pub(super) fn is_signed_by(&self, key: &AccountKey) -> Result<(), Refusal> {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key.point);
        key.verify(self.signed.as_bytes(), &self.signature).map_err(|_| wrong("malformed"))
    }

    /// What it says. A request without content (POST-as-GET) says nothing.
    pub(super) fn content(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.payload).map_err(|_| wrong("malformed"))
    }
}

impl AccountKey {
    fn read(jwk: &Value) -> Result<Self, Refusal> {
        let bad = || wrong("badPublicKey");
        if text(jwk, "kty") != Some("EC") || text(jwk, "crv") != Some("P-256") || jwk.get("d").is_some() {
            return Err(bad());
        }
        let (x, y) = (text(jwk, "x").ok_or_else(bad)?, text(jwk, "y").ok_or_else(bad)?);
        let (left, right) = (decode(x)?, decode(y)?);
        if left.len() != 32 || right.len() != 32 {
            return Err(bad());
        }
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Ok(Self { point: [vec![4], left, right].concat(), thumbprint })
    }
}

/// Checks that an external account's key signed the new account's (RFC 8555, section 7.3.4).
pub(super) fn is_bound(
    binding: &Value,
    key: &AccountKey,
    url: &str,
    (id, secret): (&str, &[u8]),
) -> Result<(), Refusal> {
    let part = |name: &str| text(binding, name).ok_or_else(|| wrong("malformed"));
    let (protected, payload) = (part("protected")?, part("payload")?);
    let header: Value = serde_json::from_slice(&decode(protected)?).map_err(|_| wrong("malformed"))?;
    let jwk: Value = serde_json::from_slice(&decode(payload)?).map_err(|_| wrong("malformed"))?;
    let is_right = text(&header, "alg") == Some("HS256")
        && text(&header, "kid") == Some(id)
        && text(&header, "url") == Some(url)
        && header.get("nonce").is_none()
        && AccountKey::read(&jwk)? == *key;
    let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signed = format!("{protected}.{payload}");
    let signature = hmac::verify(&secret, signed.as_bytes(), &decode(part("signature")?)?);
    if is_right && signature.is_ok() { Ok(()) } else { Err(wrong("unauthorized")) }
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong("malformed"))
}

/// A body with one field more, if there is a value for it.
pub(super) fn with(mut body: Value, name: &str, value: Option<Value>) -> Value {
    if let (Some(fields), Some(value)) = (body.as_object_mut(), value) {
        fields.insert(name.to_owned(), value);
    }
    body
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}
