//! A store, a ledger and identity in a folder of their own, with some people in it.

use std::net::IpAddr;
use std::path::Path;

use sekisho_capability::{Capability, Changes, Clock, Leases, Tasks};
use sekisho_identity::{Enrolled, Failure, Identity, Progress, Right, Secret, Settings, SignedIn};
use sekisho_ledger::{Filter, Ledger, SigningKey};
use sekisho_model::documents::{Kind, Session, User};
use sekisho_model::{Act, Actor, PresentedDevice, Record, SessionId, Span, Timestamp, UserId};
use sekisho_software_passkey::SoftwarePasskey;
use sekisho_store::{Expected, MasterKey, Store, Write};
use serde_json::json;

pub(crate) const ORIGIN: &str = "https://portal.localhost:8443";
pub(crate) const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10));
pub(crate) const PASSWORD: &str = "tsugaru strait in winter";

const CAPABILITY: Capability<State> = sekisho_identity::capability();

#[derive(Clone)]
struct State(Identity);

impl AsRef<Identity> for State {
    fn as_ref(&self) -> &Identity {
        &self.0
    }
}

pub(crate) struct Place {
    pub(crate) identity: Identity,
    pub(crate) store: Store,
    pub(crate) ledger: Ledger,
    pub(crate) folder: tempfile::TempDir,
}

/// A time of the test: that many seconds after its beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).plus(Span::from_seconds(seconds))
}

pub(crate) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

pub(crate) fn other_address(last: u8) -> IpAddr {
    IpAddr::from([198, 51, 100, last])
}

impl Place {
    /// Alice and bob, who may sign in, and mallory, who may not.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display()).parse().unwrap();
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger"), "test.localhost/ledger", key).unwrap();
        let settings =
            Settings { portal: "portal.localhost".parse().unwrap(), port: 8443, name: "Sekisho test".to_owned() };
        let identity = Identity::open(store.clone(), ledger.clone(), settings, at(0)).await.unwrap();
        let place = Self { identity, store, ledger, folder };
        for (name, status) in [("alice", "active"), ("bob", "active"), ("mallory", "active")] {
            place.put_user(name, status).await;
        }
        place
    }

    /// Starts the tasks of identity.
    pub(crate) fn start_tasks(&self) -> Tasks {
        let (changes, clock) = (Changes::new(self.store.clone(), self.ledger.clone()), Clock::new(|| at(10)));
        let mut tasks = Tasks::new(Leases::new(self.store.clone(), changes, clock.clone(), "test"), clock);
        tasks.start(&State(self.identity.clone()), CAPABILITY.tasks);
        tasks
    }

    pub(crate) async fn put_user(&self, name: &str, status: &str) {
        let body = json!({"id": name, "name": format!("The person {name}"), "status": status});
        let write = Write::Put { kind: Kind::User, id: name.to_owned(), expected: Expected::Any, body };
        self.store.commit(vec![write], "test", at(0)).await.unwrap();
    }

    /// Stores a device, of a person or of nobody.
    pub(crate) async fn put_device(&self, device: &PresentedDevice, owner: Option<&str>, status: &str) {
        let body = json!({"id": device.id, "name": "A device", "platform": "linux", "owner": owner, "status": status,
            "key_sha256": device.key_sha256});
        let write = Write::Put { kind: Kind::Device, id: device.id.to_string(), expected: Expected::Any, body };
        self.store.commit(vec![write], "test", at(0)).await.unwrap();
    }

    pub(crate) async fn remove_device(&self, device: &PresentedDevice) {
        let write = Write::Delete { kind: Kind::Device, id: device.id.to_string(), expected: Expected::Any };
        self.store.commit(vec![write], "test", at(0)).await.unwrap();
    }

    /// Gives a user the usual password by an enrolment link.
    pub(crate) async fn give_password(&self, name: &str) -> SignedIn {
        let link = self.identity.enrolment_link(&user(name), Actor::System, at(0)).await.unwrap();
        let set = self.identity.set_password(Right::Link(link.token.expose()), &Secret::from(PASSWORD), at(0)).await;
        set.unwrap().signed_in.unwrap()
    }

    /// Gives a user a passkey by an enrolment link.
    pub(crate) async fn give_passkey(&self, name: &str, passkey: &mut SoftwarePasskey) -> SignedIn {
        let link = self.identity.enrolment_link(&user(name), Actor::System, at(0)).await.unwrap();
        self.register(Right::Link(link.token.expose()), passkey, at(0)).await.unwrap().signed_in.unwrap()
    }

    /// Registers a passkey under a right.
    pub(crate) async fn register(
        &self,
        right: Right<'_>,
        passkey: &mut SoftwarePasskey,
        now: Timestamp,
    ) -> Result<Enrolled, Failure> {
        let ceremony = self.identity.begin_registration(right, now).await?;
        let answer = passkey.create(&ceremony.options, ORIGIN).unwrap();
        self.identity.finish_registration(right, &ceremony.state, &answer, "key", now).await
    }

    /// A sign-in with the usual password that must be complete by it.
    pub(crate) async fn by_password(&self, name: &str, now: Timestamp) -> SignedIn {
        match self.identity.password(name, &Secret::from(PASSWORD), ADDRESS, now).await.unwrap() {
            Progress::SignedIn(signed_in) => signed_in,
            Progress::Next(_) => panic!("the password should be enough"),
        }
    }

    /// The state after the usual password of a user with a second factor.
    pub(crate) async fn after_password(&self, name: &str, now: Timestamp) -> String {
        match self.identity.password(name, &Secret::from(PASSWORD), ADDRESS, now).await.unwrap() {
            Progress::SignedIn(_) => panic!("a second factor should be needed"),
            Progress::Next(next) => next.state,
        }
    }

    /// A sign-in with a passkey, without a user name.
    pub(crate) async fn by_passkey(&self, passkey: &mut SoftwarePasskey, now: Timestamp) -> Result<SignedIn, Failure> {
        let ceremony = self.identity.begin_passkey(None, ADDRESS, now).await?;
        let answer = passkey.assert(&ceremony.options, ORIGIN).unwrap();
        self.identity.finish_passkey(&ceremony.state, &answer, ADDRESS, now).await
    }

    pub(crate) async fn session(&self, signed_in: SignedIn) -> Session {
        let now = signed_in.at();
        self.identity.establish(signed_in, ADDRESS, "Test/1.0", now).await.unwrap()
    }

    pub(crate) async fn stored_session(&self, id: &SessionId) -> Option<Session> {
        let document = self.store.get(Kind::Session, &id.to_string()).await.unwrap()?;
        Some(serde_json::from_value(document.body).unwrap())
    }

    pub(crate) async fn put_session(&self, session: &Session) {
        let body = serde_json::to_value(session).unwrap();
        let write = Write::Put { kind: Kind::Session, id: session.id.to_string(), expected: Expected::Any, body };
        self.store.commit(vec![write], "test", at(0)).await.unwrap();
    }

    /// All acts recorded so far, oldest first.
    pub(crate) async fn acts(&self) -> Vec<Act> {
        let records = self.ledger.recent(10_000, Filter::default()).await;
        let act = |(_, record): (u64, Record)| match record {
            Record::Act(act) => Some(act),
            _ => None,
        };
        let mut acts: Vec<Act> = records.into_iter().filter_map(act).collect();
        acts.reverse();
        acts
    }

    /// How often an act was recorded of a session.
    pub(crate) async fn count_of(&self, act: &str, session: &SessionId) -> usize {
        let target = format!("session/{session}");
        self.acts().await.iter().filter(|recorded| recorded.act == act && recorded.target == target).count()
    }

    /// How often an act was recorded about a user.
    pub(crate) async fn count(&self, act: &str, name: &str) -> usize {
        let target = format!("user/{name}");
        self.acts().await.iter().filter(|recorded| recorded.act == act && recorded.target == target).count()
    }

    /// The weight of the signal of that name about a user.
    pub(crate) async fn signal(&self, name: &str) -> Option<u8> {
        let signals = self.store.list_all(Kind::Signal).await.unwrap();
        let found = signals.iter().find(|signal| signal.body["name"] == name)?;
        Some(u8::try_from(found.body["weight"].as_u64().unwrap()).unwrap())
    }

    pub(crate) async fn known(&self, name: &str) -> User {
        self.identity.user(&user(name)).await.unwrap().unwrap()
    }
}

/// Whether any file below a folder contains those bytes.
pub(crate) fn anywhere(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return anywhere(&path, needle);
        }
        std::fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle)
    })
}
