//! The handle to sign-in through providers, and the providers as their documents describe them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_capability::Services;
use sekisho_identity::Identity;
use sekisho_model::Name;
use sekisho_model::documents::{IdentityProvider, Kind};
use tokio::sync::watch;

use crate::Refusal;
use crate::metadata::{Asked, Known};

/// Sign-in through identity providers. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct Federation {
    pub(crate) services: Services,
    pub(crate) identity: Identity,
    /// The portal's origin: redirection addresses begin with it.
    pub(crate) origin: Arc<str>,
    /// What providers published of themselves, by the provider's identifier.
    pub(crate) known: watch::Sender<BTreeMap<Name, Arc<Known>>>,
    /// The providers that could not be used when they were asked last.
    pub(crate) failed: watch::Sender<BTreeMap<Name, Asked>>,
    /// How many answers came to what.
    pub(crate) outcomes: watch::Sender<BTreeMap<&'static str, u64>>,
}

/// A provider with the revision of its document.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) document: IdentityProvider,
    pub(crate) revision: u64,
}

impl Federation {
    /// Sign-in for the portal with this origin.
    #[must_use]
    pub fn new(services: Services, identity: Identity, portal_origin: &str) -> Self {
        let (known, failed, outcomes) = Default::default();
        Self { services, identity, origin: Arc::from(portal_origin), known, failed, outcomes }
    }

    /// The providers with which people may sign in, by identifier and name.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when the store fails.
    pub async fn offered(&self) -> Result<Vec<(String, String)>, Refusal> {
        let enabled = self.providers().await?.into_iter().filter(|provider| provider.document.enabled);
        Ok(enabled.map(|provider| (provider.document.id.to_string(), provider.document.name)).collect())
    }

    /// The address that a provider sends people back to: it is registered there.
    #[must_use]
    pub fn redirect_uri(&self, provider: &Name) -> String {
        format!("{}/sign-in/with/{provider}/callback", self.origin)
    }

    /// Every provider. A document that cannot be read is no provider.
    pub(crate) async fn providers(&self) -> Result<Vec<Provider>, Refusal> {
        let all = self.services.store.list_all(Kind::IdentityProvider).await?;
        let read = |document: sekisho_store::Document| {
            let revision = document.revision;
            serde_json::from_value(document.body).ok().map(|document| Provider { document, revision })
        };
        Ok(all.into_iter().filter_map(read).collect())
    }

    /// The provider of that name, whether or not it is enabled.
    pub(crate) async fn provider(&self, id: &Name) -> Result<Option<Provider>, Refusal> {
        let Some(document) = self.services.store.get(Kind::IdentityProvider, id.as_str()).await? else {
            return Ok(None);
        };
        let revision = document.revision;
        Ok(serde_json::from_value(document.body).ok().map(|document| Provider { document, revision }))
    }

    /// The provider that an address names, when people may sign in with it.
    pub(crate) async fn enabled(&self, id: &str) -> Result<Provider, Refusal> {
        let id: Name = id.parse().map_err(|_| Refusal::NoProvider)?;
        let found = self.provider(&id).await?.filter(|provider| provider.document.enabled);
        found.ok_or(Refusal::NoProvider)
    }

    /// Counts what an answer came to.
    pub(crate) fn count(&self, outcome: &'static str) {
        self.outcomes.send_modify(|counts| *counts.entry(outcome).or_default() += 1);
    }
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Federation")
    }
}
