//! The handle to shared signals, and the transmitters as their documents describe them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use sekisho_capability::Services;
use sekisho_identity::Identity;
use sekisho_model::Name;
use sekisho_model::documents::{Kind, Transmitter};
use sekisho_store::Document;
use tokio::sync::{Mutex, watch};

use crate::keys::Known;
use crate::refusal::Refusal;
use crate::standing::Standings;

/// Reads what is published at an address. The program gives it, so that this crate knows no way to make requests.
pub type ReadKeys = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Bytes, String>> + Send>> + Send + Sync>;

/// Events of other systems. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct SharedSignals {
    pub(crate) services: Services,
    pub(crate) identity: Identity,
    pub(crate) read_keys: ReadKeys,
    /// The portal's origin: the addresses for events begin with it.
    pub(crate) origin: Arc<str>,
    /// The keys that transmitters published, by the transmitter's identifier.
    pub(crate) known: watch::Sender<BTreeMap<Name, Arc<Known>>>,
    /// Held while keys are read.
    pub(crate) reading: Arc<Mutex<()>>,
    pub(crate) standings: Standings,
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
    pub fn new(services: Services, identity: Identity, portal_origin: &str, read_keys: ReadKeys) -> Self {
        let (known, standings) = (watch::Sender::default(), Standings::default());
        Self {
            services,
            identity,
            read_keys,
            origin: Arc::from(portal_origin),
            known,
            reading: Arc::default(),
            standings,
        }
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
