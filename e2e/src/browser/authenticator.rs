//! A virtual passkey authenticator inside the browser: the person's touch and fingerprint.

use serde_json::{Value, json};

use super::Page;
use crate::Trouble;

/// An authenticator of one tab, with user verification and discoverable credentials.
#[derive(Debug)]
pub struct Authenticator {
    page: Page,
    id: String,
}

impl Authenticator {
    pub(super) async fn add(page: Page) -> Result<Self, Trouble> {
        page.call("WebAuthn.enable", json!({ "enableUI": false })).await?;
        let options = json!({ "options": {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        }});
        let reply = page.call("WebAuthn.addVirtualAuthenticator", options).await?;
        let id = reply.get("authenticatorId").and_then(Value::as_str);
        let id = id.ok_or_else(|| Trouble::new("the browser made no authenticator"))?.to_owned();
        Ok(Self { page, id })
    }

    /// The passkeys that it holds, as the DevTools describe them: they can be given to another authenticator.
    pub async fn passkeys(&self) -> Result<Vec<Value>, Trouble> {
        let reply = self.page.call("WebAuthn.getCredentials", json!({ "authenticatorId": self.id })).await?;
        Ok(reply.get("credentials").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Puts a passkey into it.
    pub async fn put(&self, passkey: &Value) -> Result<(), Trouble> {
        let params = json!({ "authenticatorId": self.id, "credential": passkey });
        self.page.call("WebAuthn.addCredential", params).await.map(drop)
    }

    /// Whether the person passes the fingerprint from now on.
    pub async fn set_user_verified(&self, verified: bool) -> Result<(), Trouble> {
        let params = json!({ "authenticatorId": self.id, "isUserVerified": verified });
        self.page.call("WebAuthn.setUserVerified", params).await.map(drop)
    }
}
