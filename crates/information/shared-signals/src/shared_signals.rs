//! The handle to shared signals, and the transmitters as their documents describe them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use sekisho_capability::Services;
use sekisho_identity::Identity;
use sekisho_model::Name;
use sekisho_model::documents::{Kind, SignalReceiver, Transmitter};
use sekisho_store::Document;
use tokio::sync::watch;

use crate::keys::Known;
use crate::refusal::Refusal;
use crate::sending::Sending;
use crate::signing::Signing;
use crate::standing::Standings;

/// Reads what is published at an address. The program gives it, so that this crate knows no way to make requests.
pub type ReadKeys = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Bytes, String>> + Send>> + Send + Sync>;

/// Hands a signed event over, and says why where the answer is not 2xx. The program gives it.
pub type Post =
    Arc<dyn Fn(String, HeaderMap, String) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// The ways to other systems.
#[derive(Clone)]
pub struct Outgoing {
    /// Reads published keys.
    pub read_keys: ReadKeys,
    /// Sends events.
    pub post: Post,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outgoing")
    }
}

/// Events of other systems. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct SharedSignals {
    pub(crate) services: Services,
    pub(crate) identity: Identity,
    pub(crate) outgoing: Outgoing,
    /// The portal's origin: the addresses for events begin with it.
    pub(crate) origin: Arc<str>,
    /// The keys that transmitters published, by the transmitter's identifier.
    pub(crate) known: watch::Sender<BTreeMap<Name, Arc<Known>>>,
    pub(crate) standings: Standings,
    /// The key that signs events of the platform, once it was asked for.
    pub(crate) signing: watch::Sender<Option<Arc<Signing>>>,
    pub(crate) sending: watch::Sender<Sending>,
}

/// A transmitter with the revision of its document.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) document: Transmitter,
    pub(crate) revision: u64,
}

impl SharedSignals {
    /// Events that are sent to the API behind the portal with this origin.
    #[must_use]
    pub fn new(services: Services, identity: Identity, portal_origin: &str, outgoing: Outgoing) -> Self {
        let (known, standings) = (watch::Sender::default(), Standings::default());
        let (signing, sending) = (watch::Sender::default(), watch::Sender::default());
        Self { services, identity, outgoing, origin: Arc::from(portal_origin), known, standings, signing, sending }
    }

    /// The address that a transmitter sends its events to.
    pub(crate) fn endpoint(&self, transmitter: &Name) -> String {
        format!("{}/api/v1/shared-signals/{transmitter}/events", self.origin)
    }

    /// Every transmitter. A document that cannot be read is left out.
    pub(crate) async fn transmitters(&self) -> Result<Vec<Stored>, Refusal> {
        let all = self.services.store.list_all(Kind::Transmitter).await.map_err(Refusal::unavailable)?;
        Ok(all.into_iter().filter_map(stored).collect())
    }

    /// Every receiver. A document that cannot be read is none.
    pub(crate) async fn receivers(&self) -> Result<Vec<SignalReceiver>, Refusal> {
        let all = self.services.store.list_all(Kind::SignalReceiver).await.map_err(Refusal::unavailable)?;
        Ok(all.into_iter().filter_map(|document| serde_json::from_value(document.body).ok()).collect())
    }

    /// The transmitter of that name, whether or not its events count.
    pub(crate) async fn transmitter(&self, id: &Name) -> Result<Option<Stored>, Refusal> {
        let found = self.services.store.get(Kind::Transmitter, id.as_str()).await.map_err(Refusal::unavailable)?;
        Ok(found.and_then(stored))
    }
}

fn stored(document: Document) -> Option<Stored> {
    let revision = document.revision;
    serde_json::from_value(document.body).ok().map(|document| Stored { document, revision })
}

impl std::fmt::Debug for SharedSignals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSignals")
    }
}
