//! A small organisation with its policies, a clock that the test turns, and one worker's streams.

use std::sync::{Arc, LazyLock};

use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::EntityType;
use sekisho_model::{AccessRequest, Action, PresentedDevice, RequestId, RequestParts, SessionId, Timestamp};
use sekisho_policy_administrator::{Cut, StreamKey, Streams};
use sekisho_policy_engine::{Decision, decide};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};

pub(crate) const POLICIES: &str = r#"
@id("wiki")
permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"wiki");

@id("payroll")
permit (principal in Sekisho::Group::"finance", action in Sekisho::Action::"use", resource == Sekisho::Resource::"payroll")
when {
  context has device && context.device has compliant && context.device.compliant &&
  context.session.auth_age < duration("15m")
};

@id("ledger")
permit (principal, action in Sekisho::Action::"use", resource == Sekisho::Resource::"ledger") when { context has grant };

@id("owned")
permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"notes")
when { resource has owner && resource.owner has department && resource.owner.department == "finance" };

@id("threat")
@reason("This network address is known for attacks.")
@reason_ja("このネットワークは攻撃元として知られています。")
forbid (principal, action, resource) when { context.risk > 70 || context.network.threat > 60 };

@id("watched")
forbid (principal, action, resource) when { Sekisho::User::"owner" has department && Sekisho::User::"owner".department == "closed" };
"#;

/// The organisation, its clock and one worker.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) builder: WorldBuilder,
    pub(crate) world: Arc<World>,
    pub(crate) now: Timestamp,
    pub(crate) streams: Streams<Asked>,
    revision: u64,
    requests: u64,
}

/// What a stream was opened with, as its client would ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) session: u8,
    /// The device whose certificate the connection presents; else the session's device counts.
    pub(crate) certificate: Option<&'static str>,
    pub(crate) resource: &'static str,
    pub(crate) address: &'static str,
}

impl Asked {
    pub(crate) fn presented(self) -> Option<PresentedDevice> {
        let id = self.certificate?.parse().expect("a name");
        Some(PresentedDevice { id, key_sha256: key(1) })
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

pub(crate) fn key(seed: u8) -> String {
    format!("{seed:02x}").repeat(32)
}

pub(crate) fn session_id(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

pub(crate) fn user(id: &str, groups: &[&str], status: &str) -> (Kind, String, Option<Value>) {
    let body = json!({"id": id, "name": id, "groups": groups, "status": status});
    (Kind::User, id.to_owned(), Some(body))
}

pub(crate) fn owner(department: &str) -> (Kind, String, Option<Value>) {
    (Kind::User, "owner".to_owned(), Some(json!({"id": "owner", "name": "Owner", "department": department})))
}

pub(crate) fn session(n: u8, user: &str, device: Option<&str>, since: i64) -> (Kind, String, Option<Value>) {
    let body = json!({
        "id": session_id(n).to_string(), "user": user, "device": device, "device_key": device.map(|_| key(1)),
        "established_at": since * 1000,
        "authenticated_at": since * 1000, "expires_at": (since + 3600) * 1000, "methods": ["passkey"],
        "address": "192.0.2.1",
    });
    (Kind::Session, session_id(n).to_string(), Some(body))
}

pub(crate) fn device(id: &str, status: &str, key_seed: u8) -> (Kind, String, Option<Value>) {
    let body = json!({"id": id, "name": id, "platform": "linux", "status": status, "key_sha256": key(key_seed)});
    (Kind::Device, id.to_owned(), Some(body))
}

pub(crate) fn posture(device: &str, reported_at: i64, failing: &[&str]) -> (Kind, String, Option<Value>) {
    let failing: Vec<Value> = failing.iter().map(|check| json!({"check": check, "found": "x"})).collect();
    let body =
        json!({"device": device, "reported_at": reported_at * 1000, "sequence": 1, "facts": {}, "failing": failing});
    (Kind::Posture, device.to_owned(), Some(body))
}

pub(crate) fn resource(id: &str) -> (Kind, String, Option<Value>) {
    let body = json!({"id": id, "name": {"en": id}, "host": format!("{id}.test"), "owner": "owner"});
    (Kind::Resource, id.to_owned(), Some(body))
}

pub(crate) fn grant(user: &str, until: i64) -> (Kind, String, Option<Value>) {
    let body = json!({"id": user, "user": user, "resource": "ledger", "until": until * 1000, "reason": "r"});
    (Kind::Grant, user.to_owned(), Some(body))
}

pub(crate) fn signal(user: &str, weight: u8, ends_at: i64) -> (Kind, String, Option<Value>) {
    let body = json!({
        "id": user, "about": {"user": user}, "name": "failed-sign-ins", "weight": weight, "seen_at": 0,
        "ends_at": ends_at * 1000,
    });
    (Kind::Signal, user.to_owned(), Some(body))
}

pub(crate) fn assessed_threat(network: &str, score: u8, until: i64) -> (Kind, String, Option<Value>) {
    let body = json!({
        "id": "a", "about": {"address": network}, "slot": "threat", "value": score, "until": until * 1000,
        "source": "test", "why": "a test",
    });
    (Kind::Assessment, "a".to_owned(), Some(body))
}

/// A limit that lets the first session's assurance be that at most.
pub(crate) fn assessed_assurance(session: u8, limit: u8, until: i64) -> (Kind, String, Option<Value>) {
    let body = json!({
        "id": "b", "about": {"session": session_id(session)}, "slot": "assurance", "value": limit, "until": until * 1000,
        "source": "test", "why": "a test",
    });
    (Kind::Assessment, "b".to_owned(), Some(body))
}

pub(crate) fn threat(address: &str, score: u8) -> (Kind, String, Option<Value>) {
    let entries = json!([{"network": format!("{address}/32"), "score": score}]);
    (Kind::ThreatList, "list".to_owned(), Some(json!({"id": "list", "entries": entries})))
}

pub(crate) fn group(id: &str, parents: &[&str]) -> (Kind, String, Option<Value>) {
    (Kind::Group, id.to_owned(), Some(json!({"id": id, "name": id, "groups": parents})))
}

pub(crate) fn policies(text: &str) -> (Kind, String, Option<Value>) {
    (Kind::Policy, "all".to_owned(), Some(json!({"text": text})))
}

impl Place {
    /// Everybody and everything, in order.
    pub(crate) fn new() -> Self {
        // Policies take a while to load.
        static FIRST: LazyLock<Place> = LazyLock::new(Place::found);
        let Self { builder, world, now, revision, .. } = &*FIRST;
        let (builder, world) = (builder.clone(), Arc::clone(world));
        Self { builder, world, now: *now, streams: Streams::new(), revision: *revision, requests: 0 }
    }

    fn found() -> Self {
        let mut builder = WorldBuilder::new();
        let world = builder.publish(at(0));
        let mut place = Self { builder, world, now: at(0), streams: Streams::new(), revision: 0, requests: 0 };
        for document in [
            policies(POLICIES),
            group("finance", &["staff"]),
            owner("finance"),
            user("alice", &["finance"], "active"),
            user("bob", &["staff"], "active"),
            device("d1", "active", 1),
            device("d2", "active", 1),
            posture("d1", 0, &[]),
            posture("d2", 0, &[]),
            resource("wiki"),
            resource("payroll"),
            resource("ledger"),
            resource("notes"),
            session(1, "alice", Some("d1"), 0),
            session(2, "bob", None, 0),
            session(3, "alice", None, 0),
        ] {
            place.fold(document);
        }
        place.publish();
        assert_eq!(place.world.problems().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        place
    }

    pub(crate) fn fold(&mut self, (kind, id, body): (Kind, String, Option<Value>)) {
        self.revision += 1;
        // What does not fold is a case too.
        let _ = self.builder.apply(&Change { revision: self.revision, kind, id, body, at: self.now });
    }

    pub(crate) fn publish(&mut self) {
        self.world = self.builder.publish(self.now);
    }

    /// Folds, publishes and reassesses.
    pub(crate) fn change(&mut self, document: (Kind, String, Option<Value>)) -> Vec<Cut<Asked>> {
        self.fold(document);
        self.publish();
        self.streams.reassess(&self.world, self.now)
    }

    /// Turns the clock and ticks.
    pub(crate) fn wait_until(&mut self, seconds: i64) -> Vec<Cut<Asked>> {
        self.now = at(seconds);
        self.streams.tick(&self.world, self.now)
    }

    /// The request that a client would make now; `None` when its session or the resource is not there.
    pub(crate) fn request(&mut self, asked: Asked) -> Option<AccessRequest> {
        let world = &self.world;
        let session = Arc::clone(world.live_session(&session_id(asked.session), self.now)?);
        let device = world.device_of(asked.presented().as_ref(), &session, self.now);
        self.requests += 1;
        Some(AccessRequest::new(RequestParts {
            id: RequestId::new(format!("request-{}", self.requests)),
            session,
            device,
            resource: world.facts().find(EntityType::Resource, asked.resource)?,
            action: Action::Read,
            network: world.network(asked.address.parse().expect("an address")),
            http: None,
        }))
    }

    pub(crate) fn decide(&mut self, asked: Asked) -> Option<Decision> {
        let request = self.request(asked)?;
        Some(decide(self.world.policies(), &self.world, &request, self.now))
    }

    pub(crate) fn is_permitted(&mut self, asked: Asked) -> bool {
        self.decide(asked).is_some_and(|decision| decision.is_permit())
    }

    /// Decides now and registers in the newest World; `None` when it is not permitted, or no longer.
    pub(crate) fn open(&mut self, asked: Asked) -> Option<StreamKey> {
        let decision = self.decide(asked)?;
        let valid_until = decision.valid_until();
        let permit = decision.into_permit().ok()?;
        self.streams.open(&permit, valid_until, asked.presented().as_ref(), &self.world, self.now, asked).ok()
    }
}
