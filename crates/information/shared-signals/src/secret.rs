//! The secret that signs the webhooks of a transmitter: sealed, set by an act, and shown to nobody.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sekisho_identity::Secret;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_store::Expected;
use serde_json::{Value, json};

use crate::SharedSignals;
use crate::acts::TRANSMITTER_SECRET_SET;
use crate::refusal::Refusal;

/// The shortest and the longest secret in bytes.
const SHORTEST: usize = 16;
const LONGEST: usize = 512;

/// A secret that signs webhooks.
pub(crate) struct SigningSecret(Secret);

impl SigningSecret {
    /// The key of a secret as Standard Webhooks writes it: Base64 after `whsec_`. Any other text is the key itself.
    pub(crate) fn of_standard_webhooks(&self) -> hmac::Key {
        let text = self.0.expose();
        let decoded = text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        match decoded {
            Some(bytes) => hmac::Key::new(hmac::HMAC_SHA256, &bytes),
            None => self.of_bytes(),
        }
    }

    /// The key whose bytes are the secret's own.
    pub(crate) fn of_bytes(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose().as_bytes())
    }
}

impl From<&str> for SigningSecret {
    fn from(text: &str) -> Self {
        Self(Secret::from(text))
    }
}

/// Whether a text may be a secret.
pub(crate) fn is_usable(secret: &Secret) -> bool {
    let text = secret.expose();
    (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl SharedSignals {
    /// Sets the secret of a transmitter, as an act of somebody.
    ///
    /// # Errors
    /// [`Refusal::NoTransmitter`]; [`Refusal::Malformed`] when it cannot be a secret.
    pub(crate) async fn set_secret(
        &self,
        transmitter: &Name,
        secret: &Secret,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.transmitter(transmitter).await?.ok_or(Refusal::NoTransmitter)?;
        if !is_usable(secret) {
            return Err(Refusal::Malformed("write a secret of 16 to 512 letters, digits and signs without space"));
        }
        let target = format!("{}/{transmitter}", Kind::Transmitter);
        let change = self.services.changes.begin(actor, TRANSMITTER_SECRET_SET.code, target);
        let change = change.put(Kind::Key, place(transmitter), Expected::Any, json!({ "secret": secret }));
        change.commit(now).await.map_err(Refusal::unavailable)?;
        Ok(())
    }

    /// The secret of a transmitter, if there is one.
    pub(crate) async fn secret(&self, transmitter: &Name) -> Result<Option<SigningSecret>, Refusal> {
        let stored = self.services.store.get(Kind::Key, &place(transmitter)).await.map_err(Refusal::unavailable)?;
        let text = stored.as_ref().and_then(|stored| stored.body.get("secret")).and_then(Value::as_str);
        Ok(text.map(SigningSecret::from))
    }
}

fn place(transmitter: &Name) -> String {
    format!("transmitter/{transmitter}")
}
