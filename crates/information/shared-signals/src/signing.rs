//! The key that signs the events of the platform, and what is published of it (SSF 1.0, section 7).

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sekisho_capability::{ChangeError, key_once};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::SharedSignals;
use crate::refusal::Refusal;

/// Where the sealed key is kept.
const PLACE: &str = "shared-signals";

/// The key of the platform for events.
pub(crate) struct Signing {
    key: EncodingKey,
    name: String,
    published: Jwk,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
enum NoKey {
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error("no key can be made")]
    Unmade,
}

impl SharedSignals {
    /// The key, made when it is first asked for.
    pub(crate) async fn signing(&self) -> Result<Arc<Signing>, Refusal> {
        if let Some(signing) = self.signing.borrow().clone() {
            return Ok(signing);
        }
        let signing = Arc::new(self.stored_key().await?);
        self.signing.send_replace(Some(Arc::clone(&signing)));
        Ok(signing)
    }

    async fn stored_key(&self) -> Result<Signing, Refusal> {
        let make = || {
            let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
            let pair = pair.map_err(|_| NoKey::Unmade)?;
            Ok::<_, NoKey>(json!({ "pkcs8": STANDARD.encode(pair.as_ref()) }))
        };
        let kept = key_once(&self.services.store, PLACE, self.services.clock.now(), make).await;
        let kept = kept.map_err(Refusal::unavailable)?;
        let text = kept.get("pkcs8").and_then(Value::as_str).unwrap_or_default();
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(Refusal::unavailable)?);
        let key = EncodingKey::from_ec_der(&bytes);
        let mut published = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(Refusal::unavailable)?;
        let name = published.thumbprint(ThumbprintHash::SHA256).map_err(Refusal::unavailable)?;
        (published.common.key_id, published.common.public_key_use) = (Some(name.clone()), Some(PublicKeyUse::Signature));
        Ok(Signing { key, name, published })
    }

    /// The address of the published keys.
    pub(crate) fn keys_address(&self) -> String {
        format!("{}/.well-known/ssf-keys", self.origin)
    }

    /// What the platform says of itself as a transmitter.
    pub(crate) fn configuration(&self) -> Value {
        json!({ "spec_version": "1_0", "issuer": &*self.origin, "jwks_uri": self.keys_address(),
            "delivery_methods_supported": ["urn:ietf:rfc:8935"], "default_subjects": "ALL" })
    }
}

impl Signing {
    /// The published keys.
    pub(crate) fn published(&self) -> Value {
        json!({ "keys": [self.published] })
    }

    /// A security event token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, Refusal> {
        let header = Header {
            typ: Some("secevent+jwt".to_owned()),
            kid: Some(self.name.clone()),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, claims, &self.key).map_err(Refusal::unavailable)
    }
}
