//! A control plane in a folder of its own, with some people in it.

use sekisho_capability::Clock;
use sekisho_control_plane::{ControlPlane, Desired, now, world_owner};
use sekisho_devices::Devices;
use sekisho_identity::{Identity, Settings};
use sekisho_ledger::{Filter, Ledger, SigningKey};
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Actor, Record};
use sekisho_store::{MasterKey, Store};
use serde_json::{Value, json};

/// A control plane over an embedded store. The folder is removed when this is dropped.
pub struct Installation {
    /// Its services.
    pub control_plane: ControlPlane,
    /// The folder that holds store and ledger.
    pub folder: tempfile::TempDir,
}

impl Installation {
    /// Alice and bob, who may sign in.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display()).parse().unwrap();
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let ledger_folder = folder.path().join("ledger");
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let ledger = Ledger::open(&ledger_folder, "test.localhost/ledger", key).unwrap();
        let settings = Settings { portal: "portal.localhost".parse().unwrap(), port: 443, name: "Test".to_owned() };
        let identity = Identity::open(store.clone(), ledger.clone(), settings, now()).await.unwrap();
        let origin = "https://portal.localhost";
        let devices = Devices::open(store.clone(), ledger.clone(), origin, 47_443, now()).await.unwrap();
        let (publication, _) = world_owner::start(store.clone(), now).await.unwrap();
        let control_plane = ControlPlane {
            store,
            ledger,
            clock: Clock::new(now),
            ledger_folder,
            publication,
            identity,
            devices,
            portal_origin: origin.to_owned(),
            devices_origin: "https://devices.localhost".to_owned(),
            decisions_origin: "https://decisions.localhost".to_owned(),
        };
        let here = Self { control_plane, folder };
        for name in ["alice", "bob"] {
            here.apply(user(name, "active"), Actor::System).await;
        }
        here
    }

    /// Writes a document, and returns the revision that holds it.
    pub async fn apply(&self, desired: Desired, actor: Actor) -> u64 {
        let plan = self.control_plane.plan(&[desired], false).await.unwrap();
        self.control_plane.execute(&plan, actor).await.unwrap()
    }

    /// Acts recorded on that target, oldest first: actor, code, detail.
    pub async fn acts(&self, target: &str) -> Vec<(String, String, Value)> {
        let records = self.control_plane.ledger.recent(1000, Filter::default()).await;
        let acts = records.into_iter().rev().filter_map(|(_, record)| match record {
            Record::Act(Act { actor, act, target: of, detail, .. }) if of == target => {
                Some((actor.to_string(), act, detail))
            }
            _ => None,
        });
        acts.collect()
    }
}

/// A user of that name and status, who is in no group.
#[must_use]
pub fn user(name: &str, status: &str) -> Desired {
    let body = json!({ "id": name, "name": name, "status": status });
    Desired { kind: Kind::User, id: name.to_owned(), body, origin: "-".to_owned() }
}
