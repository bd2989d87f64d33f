//! The authenticator: its credentials and the two ceremonies.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::authenticator_data;
use crate::behaviour::{Behaviour, Counter};
use crate::cbor::Item;
use crate::options::Options;

/// Why the authenticator, or its browser, did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The options lack something or have it in another form.
    #[error("the options have no usable `{0}`")]
    Options(&'static str),
    /// A browser does not let a page speak for another site.
    #[error("a page of {origin} may not ask for credentials of {rp_id}")]
    OtherSite {
        /// The page.
        origin: String,
        /// The relying party it asked for.
        rp_id: String,
    },
    /// There is no credential that the options allow.
    #[error("no credential of this authenticator fits")]
    NoCredential,
    /// A credential that the options exclude is held already.
    #[error("this authenticator is registered already")]
    Excluded,
    /// The cryptographic library refused.
    #[error("the key could not be made or used")]
    Key,
}

/// An authenticator with its credentials.
#[derive(Default)]
pub struct SoftwarePasskey {
    /// How it behaves from now on.
    pub behaviour: Behaviour,
    credentials: Vec<Credential>,
}

struct Credential {
    id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    key: EcdsaKeyPair,
    counter: u32,
}

impl SoftwarePasskey {
    /// An authenticator without credentials that behaves in a certain way.
    #[must_use]
    pub const fn with(behaviour: Behaviour) -> Self {
        Self { behaviour, credentials: Vec::new() }
    }

    /// Answers `navigator.credentials.create(options)` on a page of `origin`.
    ///
    /// # Errors
    /// When a browser or an authenticator would refuse; see [`Refused`].
    pub fn create(&mut self, options: &Value, origin: &str) -> Result<Value, Refused> {
        let asked = Options::of(options);
        let rp_id = asked.text("/rp/id")?;
        same_site(origin, rp_id)?;
        if !asked.offers_es256() {
            return Err(Refused::Options("/pubKeyCredParams with alg -7"));
        }
        let excluded = asked.credentials("excludeCredentials");
        if !self.behaviour.ignore_exclude_list && self.credentials.iter().any(|held| excluded.contains(&held.id)) {
            return Err(Refused::Excluded);
        }
        let mut credential = Credential {
            id: match &self.behaviour.credential_id {
                Some(id) => id.clone(),
                None => random_id()?,
            },
            rp_id: rp_id.to_owned(),
            user_handle: asked.bytes("/user/id")?,
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| Refused::Key)?,
            counter: 0,
        };
        let client_data = self.client_data("webauthn.create", asked.text("/challenge")?, origin);
        let counter = credential.count(self.behaviour.counter);
        let claimed_rp = self.behaviour.rp_id.as_deref().unwrap_or(rp_id);
        let new = (credential.id.as_slice(), credential.key.public_key().as_ref());
        let data = authenticator_data::write(claimed_rp, &self.behaviour, counter, Some(new));
        let mut object = Item::Map(&[
            (Item::Text("fmt"), Item::Text("none")),
            (Item::Text("attStmt"), Item::Map(&[])),
            (Item::Text("authData"), Item::Bytes(&data)),
        ])
        .encode();
        if self.behaviour.trailing_bytes {
            object.extend_from_slice(b"more");
        }
        let id = URL_SAFE_NO_PAD.encode(&credential.id);
        self.credentials.push(credential);
        Ok(json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "publicKeyAlgorithm": -7,
                "transports": ["internal"],
            },
        }))
    }

    /// Answers `navigator.credentials.get(options)` on a page of `origin`.
    ///
    /// # Errors
    /// When a browser or an authenticator would refuse; see [`Refused`].
    pub fn assert(&mut self, options: &Value, origin: &str) -> Result<Value, Refused> {
        let asked = Options::of(options);
        let rp_id = asked.text("/rpId")?;
        same_site(origin, rp_id)?;
        let client_data = self.client_data("webauthn.get", asked.text("/challenge")?, origin);
        let allowed = asked.credentials("allowCredentials");
        let anyone = allowed.is_empty() || self.behaviour.ignore_allow_list;
        let fits = |held: &&mut Credential| held.rp_id == rp_id && (anyone || allowed.contains(&held.id));
        let credential = self.credentials.iter_mut().find(fits).ok_or(Refused::NoCredential)?;
        let counter = credential.count(self.behaviour.counter);
        let claimed_rp = self.behaviour.rp_id.as_deref().unwrap_or(rp_id);
        let data = authenticator_data::write(claimed_rp, &self.behaviour, counter, None);
        let mut signature = credential.sign(&data, &client_data)?;
        if self.behaviour.wrong_signature {
            signature.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
        }
        let mut response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
        });
        // As browsers write it: absent, not null, where there is none.
        if let Some(fields) = response.as_object_mut().filter(|_| !self.behaviour.no_user_handle) {
            let own = || URL_SAFE_NO_PAD.encode(&credential.user_handle);
            let handle = self.behaviour.user_handle.clone().unwrap_or_else(own);
            fields.insert("userHandle".to_owned(), Value::String(handle));
        }
        let id = URL_SAFE_NO_PAD.encode(&credential.id);
        Ok(json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }))
    }

    /// What the browser says of the page, as JSON bytes (WebAuthn section 5.8.1).
    fn client_data(&self, ceremony: &str, challenge: &str, origin: &str) -> Vec<u8> {
        json!({
            "type": self.behaviour.client_data_type.as_deref().unwrap_or(ceremony),
            "challenge": self.behaviour.challenge.as_deref().unwrap_or(challenge),
            "origin": self.behaviour.origin.as_deref().unwrap_or(origin),
            "crossOrigin": self.behaviour.cross_origin,
        })
        .to_string()
        .into_bytes()
    }
}

impl Credential {
    /// The next value of the signature counter.
    fn count(&mut self, counter: Counter) -> u32 {
        match counter {
            Counter::Up => {
                self.counter = self.counter.saturating_add(1);
                self.counter
            }
            Counter::Always(value) => value,
        }
    }

    fn sign(&self, data: &[u8], client_data: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut message = data.to_vec();
        message.extend_from_slice(digest::digest(&digest::SHA256, client_data).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &message).map_err(|_| Refused::Key)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// A page may use relying party ids that are its host or a parent domain of it.
fn same_site(origin: &str, rp_id: &str) -> Result<(), Refused> {
    let host = origin.strip_prefix("https://").and_then(|rest| rest.split([':', '/']).next()).unwrap_or_default();
    let within = host.strip_suffix(rp_id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if within { Ok(()) } else { Err(Refused::OtherSite { origin: origin.to_owned(), rp_id: rp_id.to_owned() }) }
}

fn random_id() -> Result<Vec<u8>, Refused> {
    let mut id = vec![0; 32];
    rand::fill(&mut id).map_err(|_| Refused::Key)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PORTAL: &str = "https://portal.localhost:8443";

    fn creation(excluded: &[&str]) -> Value {
        let excluded: Vec<Value> = excluded.iter().map(|id| json!({"type": "public-key", "id": id})).collect();
        json!({"publicKey": {
            "challenge": "AAAA", "rp": {"id": "portal.localhost", "name": "Sekisho"},
            "user": {"id": "AQID", "name": "alice", "displayName": "Alice"},
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}], "excludeCredentials": excluded,
        }})
    }

    #[test]
    fn it_answers_its_own_site_and_no_other() {
        let mut passkey = SoftwarePasskey::default();
        let made = passkey.create(&creation(&[]), PORTAL).expect("a registration");
        let request = json!({"publicKey": {"challenge": "BBBB", "rpId": "portal.localhost", "allowCredentials": []}});
        let answer = passkey.assert(&request, PORTAL).expect("an assertion");
        assert_eq!(answer["id"], made["id"]);
        assert_eq!(answer["response"]["userHandle"], "AQID");
        let elsewhere = passkey.assert(&request, "https://portal.localhost.evil.example");
        assert!(matches!(elsewhere, Err(Refused::OtherSite { .. })));
        assert!(matches!(passkey.assert(&request, "https://notportal.localhost"), Err(Refused::OtherSite { .. })));
    }

    #[test]
    fn it_respects_allowed_and_excluded_credentials() {
        let mut passkey = SoftwarePasskey::default();
        let made = passkey.create(&creation(&[]), PORTAL).expect("a registration");
        let own = made["id"].as_str().expect("an id");
        assert_eq!(passkey.create(&creation(&[own]), PORTAL), Err(Refused::Excluded));
        let others = json!({"challenge": "BBBB", "rpId": "portal.localhost", "allowCredentials": [{"id": "CCCC"}]});
        assert_eq!(passkey.assert(&others, PORTAL), Err(Refused::NoCredential));
    }
}
