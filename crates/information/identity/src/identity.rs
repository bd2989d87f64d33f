//! The handle to everything identity does, and what its parts share. The methods stand in the files of their parts.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use sekisho_capability::{Changes, key_once};
use sekisho_ledger::Ledger;
use sekisho_model::documents::{Kind, User};
use sekisho_model::{Actor, Host, SessionId, Timestamp, UserId};
use sekisho_store::{Document, Store};

use crate::failure::unavailable;
use crate::hashing::Hashing;
use crate::relying_party::RelyingParty;
use crate::signals::Signals;
use crate::throttle_owner::Throttling;
use crate::{Failure, random};

/// What identity must be told of the installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The portal's host: the WebAuthn relying party id.
    pub portal: Host,
    /// The port that browsers see: part of the one origin that passkeys are accepted from.
    pub port: u16,
    /// The name that authenticators show for this installation.
    pub name: String,
}

/// Accounts, authenticators, sign-in and sessions. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct Identity(pub(crate) Arc<Inner>);

/// What the parts of identity share.
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) changes: Changes,
    pub(crate) issuer: String,
    pub(crate) relying_party: RelyingParty,
    pub(crate) key: hmac::Key,
    pub(crate) throttling: Throttling,
    pub(crate) hashing: Hashing,
    pub(crate) signals: Signals,
}

impl Identity {
    /// Opens identity over a store and a ledger. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// When the portal's address cannot be a WebAuthn relying party, or the store fails.
    pub async fn open(store: Store, ledger: Ledger, settings: Settings, now: Timestamp) -> Result<Self, Failure> {
        let changes = Changes::new(store.clone(), ledger);
        Ok(Self(Arc::new(Inner {
            relying_party: RelyingParty::new(&settings)?,
            key: own_key(&store, now).await?,
            throttling: Throttling::start(),
            hashing: Hashing::new(),
            signals: Signals::new(),
            issuer: settings.name,
            store,
            changes,
        })))
    }

    /// Takes one out of what a session may have made of one-time documents. Ask before one is made for it.
    ///
    /// # Errors
    /// [`Failure::TooManyAttempts`] when it had too many made within a minute.
    pub async fn allow_one_time(&self, session: &SessionId, now: Timestamp) -> Result<(), Failure> {
        self.0.allow_one_time(&format!("session/{session}"), now).await
    }

    /// The account with that name, whatever its status.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn user(&self, user: &UserId) -> Result<Option<User>, Failure> {
        self.0.user(user).await
    }
}

impl Inner {
    /// A document of the store.
    pub(crate) async fn get(&self, kind: Kind, id: &str) -> Result<Option<Document>, Failure> {
        self.store.get(kind, id).await.map_err(|error| unavailable("read a document", &error))
    }

    /// Takes one out of what the holder of a right may have made of one-time documents.
    pub(crate) async fn allow_one_time(&self, holder: &str, now: Timestamp) -> Result<(), Failure> {
        self.throttling.take(random::keyed(&self.key, "one-time", holder), now).await
    }

    /// Writes an act to the ledger; it is durable when this returns.
    pub(crate) async fn record(
        &self,
        actor: Actor,
        act: &str,
        target: String,
        detail: Value,
        now: Timestamp,
    ) -> Result<(), Failure> {
        Ok(self.changes.begin(actor, act, target).detail(detail).note(now).await?)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// The network that an address stands for: IPv4 alone, IPv6 by its /64, which is what one site has.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// Identity's own key, made at the first start: user handles and stand-in credential ids are derived from it.
async fn own_key(store: &Store, now: Timestamp) -> Result<hmac::Key, Failure> {
    let make = || Ok::<_, Failure>(json!({ "secret": STANDARD_NO_PAD.encode(random::bytes::<32>()?.as_slice()) }));
    let kept = key_once(store, "identity", now, make).await?;
    let text = kept.get("secret").and_then(Value::as_str);
    let bytes = text.and_then(|text| STANDARD_NO_PAD.decode(text).ok()).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or(Failure::Unavailable("read its key"))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn an_ipv6_site_is_one_network() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
