//! The secret with which the platform authenticates itself to a provider: sealed, set by an act, and shown to nobody.

use sekisho_identity::Secret;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_store::Expected;
use serde_json::json;

use crate::acts::IDENTITY_PROVIDER_SECRET_SET;
use crate::{Federation, Refusal};

/// The longest secret in bytes.
const LONGEST: usize = 4096;

impl Federation {
    /// Sets the secret of a provider, or removes it: without one, the platform is a public client, which PKCE protects.
    ///
    /// # Errors
    /// [`Refusal::NoProvider`].
    pub(crate) async fn set_secret(
        &self,
        provider: &Name,
        secret: Option<&Secret>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.provider(provider).await?.ok_or(Refusal::NoProvider)?;
        let target = format!("{}/{provider}", Kind::IdentityProvider);
        let begun = self.services.changes.begin(actor, IDENTITY_PROVIDER_SECRET_SET.code, target);
        let begun = begun.detail(json!({ "set": secret.is_some() }));
        let change = match secret.filter(|secret| secret.expose().len() <= LONGEST) {
            Some(secret) => begun.put(Kind::Key, place(provider), Expected::Any, json!({ "secret": secret })),
            None => begun.delete(Kind::Key, place(provider), Expected::Any),
        };
        change.commit(now).await?;
        Ok(())
    }

    /// The secret of a provider, if there is one.
    pub(crate) async fn secret(&self, provider: &Name) -> Result<Option<Secret>, Refusal> {
        let Some(document) = self.services.store.get(Kind::Key, &place(provider)).await? else { return Ok(None) };
        let text = document.body.get("secret").and_then(serde_json::Value::as_str);
        Ok(text.map(Secret::from))
    }
}

fn place(provider: &Name) -> String {
    format!("identity-provider/{provider}")
}
