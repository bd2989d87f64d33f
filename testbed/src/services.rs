//! A store and a ledger in a folder of their own.

use std::path::Path;
use std::sync::Arc;

use sekisho_capability::{Changes, Entropy, Leases, Services};
use sekisho_ledger::{Filter, Ledger, SigningKey};
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Record};
use sekisho_policy_information::World;
use sekisho_store::{Expected, MasterKey, Store, StoreUrl, Write};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{Organisation, VirtualClock, follow};

/// The services of one installation. The folder is removed when this is dropped.
#[derive(Debug)]
pub struct TemporaryServices {
    /// What capabilities are given.
    pub services: Services,
    /// The clock.
    pub clock: VirtualClock,
    folder: TempDir,
}

impl TemporaryServices {
    /// Services over an embedded store that holds this organisation.
    pub async fn new(organisation: Organisation) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), VirtualClock::default());
        let url = StoreUrl::Sqlite(folder.path().join("store.db"));
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger"), "test.localhost/ledger", key).unwrap();
        organisation.put_into(&store, clock.now()).await;
        let changes = Changes::new(store.clone(), ledger.clone());
        let world = follow(store.clone(), clock.clone()).await;
        let leases = Leases::new(store.clone(), changes.clone(), clock.clock(), "test");
        let entropy = Entropy::system();
        let services = Services { store, changes, ledger, world, clock: clock.clock(), entropy, leases };
        Self { services, clock, folder }
    }

    /// The folder that holds store and ledger.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a document as somebody outside the code under test, and waits until the World shows it.
    pub async fn put(&self, kind: Kind, id: &str, body: Value) {
        self.write(Write::Put { kind, id: id.to_owned(), expected: Expected::Any, body }).await;
    }

    /// Deletes a document in the same way.
    pub async fn delete(&self, kind: Kind, id: &str) {
        self.write(Write::Delete { kind, id: id.to_owned(), expected: Expected::Any }).await;
    }

    async fn write(&self, write: Write) {
        let revision = self.services.store.commit(vec![write], "test", self.clock.now()).await.unwrap();
        self.shows(revision).await;
    }

    /// Waits until the World holds that revision of the store.
    pub async fn shows(&self, revision: u64) -> Arc<World> {
        let mut world = self.services.world.clone();
        Arc::clone(&*world.wait_for(|world| world.revision() >= revision).await.unwrap())
    }

    /// The newest World.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.services.world.borrow())
    }

    /// A receiver of Worlds.
    #[must_use]
    pub fn worlds(&self) -> watch::Receiver<Arc<World>> {
        self.services.world.clone()
    }

    /// The acts in the ledger, oldest first.
    pub async fn acts(&self) -> Vec<Act> {
        let found = self.services.ledger.recent(1000, Filter::default()).await;
        let acts = found.iter().rev().filter_map(|(_, record)| match record {
            Record::Act(act) => Some(act.clone()),
            _ => None,
        });
        acts.collect()
    }

    /// The codes of the acts in the ledger, oldest first.
    pub async fn act_codes(&self) -> Vec<String> {
        self.acts().await.into_iter().map(|act| act.act).collect()
    }
}
