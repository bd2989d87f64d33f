//! Registered applications as their documents describe them, and their secrets: a hash is kept, the text is shown once.

use sekisho_model::documents::{Client, Kind};
use sekisho_model::{Actor, Name, Timestamp};
use sekisho_store::Expected;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::OpenIdProvider;
use crate::acts::CLIENT_SECRET_MADE;
use crate::grants::sha256;
use crate::refusal::Refusal;

impl OpenIdProvider {
    /// Every registered application. A document that cannot be read is left out.
    pub(crate) async fn clients(&self) -> Result<Vec<Client>, Refusal> {
        let all = self.services.store.list_all(Kind::Client).await?;
        Ok(all.into_iter().filter_map(|document| serde_json::from_value(document.body).ok()).collect())
    }

    /// The application of that name.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<Client>, Refusal> {
        let Ok(id) = id.parse::<Name>() else { return Ok(None) };
        let document = self.services.store.get(Kind::Client, id.as_str()).await?;
        Ok(document.and_then(|document| serde_json::from_value(document.body).ok()))
    }

    /// The application of that name, when it may sign people in.
    pub(crate) async fn enabled(&self, id: &str) -> Result<Option<Client>, Refusal> {
        Ok(self.client(id).await?.filter(|client| client.enabled))
    }

    /// Makes the secret of an application. The one before it opens nothing any more.
    ///
    /// # Errors
    /// [`Refusal::Client`] when there is no such application, or none that keeps a secret.
    pub(crate) async fn make_secret(
        &self,
        id: &str,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Zeroizing<String>, Refusal> {
        let client = self.client(id).await?.filter(|client| client.confidential).ok_or(Refusal::Client)?;
        let bytes = self.services.entropy.bytes::<32>()?;
        let digits = Zeroizing::new(hex::encode(bytes.as_slice()));
        let text = Zeroizing::new(format!("soc_{}", digits.as_str()));
        let begun = self.services.changes.begin(actor, CLIENT_SECRET_MADE.code, target(&client.id));
        let body = json!({ "sha256": sha256(text.as_bytes()) });
        begun.put(Kind::Key, place(&client.id), Expected::Any, body).commit(now).await?;
        Ok(text)
    }

    /// Whether an application has a secret.
    pub(crate) async fn has_secret(&self, id: &Name) -> Result<bool, Refusal> {
        Ok(self.services.store.get(Kind::Key, &place(id)).await?.is_some())
    }

    /// Whether this is the secret of an application.
    pub(crate) async fn is_secret(&self, id: &Name, given: &str) -> Result<bool, Refusal> {
        let Some(document) = self.services.store.get(Kind::Key, &place(id)).await? else { return Ok(false) };
        let kept = document.body.get("sha256").and_then(Value::as_str).unwrap_or_default();
        Ok(sha256(given.as_bytes()).as_bytes().ct_eq(kept.as_bytes()).into())
    }
}

/// What an act on an application is on.
pub(crate) fn target(client: &Name) -> String {
    format!("{}/{client}", Kind::Client)
}

/// Where the hash of a secret is kept.
pub(crate) const SECRETS: &str = "client/";

fn place(client: &Name) -> String {
    format!("{SECRETS}{client}")
}
