//! The signed assertion that identifies the requester to an upstream: `Sekisho-Assertion`, a JWT for one resource, one minute.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sekisho_model::Timestamp;
use serde::Serialize;

/// Signs assertions with one ES256 key.
pub struct AssertionSigner {
    key: EncodingKey,
    header: Header,
    issuer: String,
    public: serde_json::Value,
}

/// Why a key cannot sign assertions.
#[derive(Debug, thiserror::Error)]
pub enum AssertionKeyError {
    /// The bytes are not a P-256 private key.
    #[error("the assertion key is not a P-256 private key in PKCS #8 (DER)")]
    NotP256,
    /// A trial signature failed.
    #[error("the assertion key cannot sign: {0}")]
    CannotSign(#[from] jsonwebtoken::errors::Error),
}

/// What an assertion says.
#[derive(Debug, Clone, Serialize)]
pub struct Claims {
    /// Who says it: the portal's URL.
    pub iss: String,
    /// To whom: the resource's identifier.
    pub aud: String,
    /// The user, or `workload:` and the workload's identifier.
    pub sub: String,
    /// The first digits of the session's identifier.
    pub sid: String,
    /// The device, if it is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// How the user authenticated.
    pub amr: Vec<&'static str>,
    /// The authenticator assurance level.
    pub acr: String,
    /// When the user authenticated, in seconds.
    pub auth_time: i64,
    /// When it was made.
    pub iat: i64,
    /// When it ends: at most 60 seconds later.
    pub exp: i64,
}

impl AssertionSigner {
    /// A signer with a P-256 key (PKCS #8, DER). `issuer` is the portal's URL without a final slash.
    ///
    /// # Errors
    /// [`AssertionKeyError`] when the key is not one, or a trial signature fails.
    pub fn new(pkcs8: &[u8], issuer: &str) -> Result<Self, AssertionKeyError> {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| AssertionKeyError::NotP256)?;
        // Uncompressed point: 0x04, x, y.
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..).and_then(|xy| xy.split_at_checked(32)).ok_or(AssertionKeyError::NotP256)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638: the key's identifier is the hash of its required members in order.
        let thumbprint = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes(),
        );
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(kid.clone());
        let signer = Self {
            key: EncodingKey::from_ec_der(pkcs8),
            header,
            issuer: issuer.to_owned(),
            public: serde_json::json!({
                "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig",
            }),
        };
        jsonwebtoken::encode(&signer.header, &serde_json::json!({}), &signer.key)?;
        Ok(signer)
    }

    /// The public key as a JWK Set: what upstreams check assertions with. Served at `/.sekisho/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [self.public] })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&self.header, claims, &self.key)
    }

    /// The half minute in which a moment lies: assertions are made once in each.
    pub(crate) const fn half_minute(now: Timestamp) -> i64 {
        now.as_seconds().div_euclid(30)
    }
}
