//! A small organisation for tests: documents in, Worlds out.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{
    AccessRequest, Action, Evidence, Method, MethodSet, RequestId, RequestParts, SessionFacts, SessionId, Timestamp,
    WhyUnknown,
};
use sekisho_policy_engine::{Decision, decide};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};

/// 2026-11-21T12:00:00+09:00, a Saturday.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_230_000_000);

/// A time that many minutes after noon.
pub(crate) fn minutes(after_noon: i64) -> Timestamp {
    Timestamp::from_millis(NOON.as_millis() + after_noon * 60_000)
}

/// Documents and the Worlds they make.
pub(crate) struct Office {
    builder: WorldBuilder,
    revision: u64,
}

impl Office {
    /// alice (staff, finance) with a corporate laptop `alice-laptop`; bob (staff, engineering); resources wiki and payroll.
    pub(crate) fn new(policies: &str) -> Self {
        let mut office = Self { builder: WorldBuilder::new(), revision: 0 };
        for group in ["staff", "finance", "engineering", "administrators"] {
            office.put(Kind::Group, group, json!({"id": group, "name": group}));
        }
        for (user, groups, department) in
            [("alice", ["staff", "finance"], "finance"), ("bob", ["staff", "engineering"], "engineering")]
        {
            office.put(
                Kind::User,
                user,
                json!({"id": user, "name": user, "employment": "staff", "department": department, "groups": groups}),
            );
        }
        office.put(
            Kind::Device,
            "alice-laptop",
            json!({"id": "alice-laptop", "name": "Laptop", "owner": "alice", "ownership": "corporate", "platform": "linux",
                "managed": true, "key_sha256": "ab".repeat(32), "public_key": "", "enrolled_at": 0}),
        );
        office.posture("alice-laptop", NOON, &[]);
        for resource in ["wiki", "payroll"] {
            office.put(Kind::Resource, resource, json!({"id": resource, "name": {"en": resource}, "sensitivity": 1}));
        }
        office.policy(policies);
        office
    }

    pub(crate) fn put(&mut self, kind: Kind, id: &str, body: Value) {
        self.change(kind, id, Some(body));
    }

    /// Puts a document that counts only in part. Returns whether the World says so.
    pub(crate) fn put_with_a_problem(&mut self, kind: Kind, id: &str, body: Value) -> bool {
        self.revision += 1;
        let change = Change { revision: self.revision, kind, id: id.to_owned(), body: Some(body), at: NOON };
        self.builder.apply(&change).is_err()
    }

    pub(crate) fn delete(&mut self, kind: Kind, id: &str) {
        self.change(kind, id, None);
    }

    pub(crate) fn policy(&mut self, text: &str) {
        self.put(Kind::Policy, "test", json!({"text": text}));
    }

    pub(crate) fn posture(&mut self, device: &str, at: Timestamp, failing: &[&str]) {
        let failing: Vec<Value> = failing.iter().map(|check| json!({"check": check, "found": "?"})).collect();
        self.revision += 1;
        let sequence = self.revision;
        self.put(
            Kind::Posture,
            device,
            json!({"device": device, "reported_at": at, "sequence": sequence, "facts": {}, "failing": failing}),
        );
    }

    fn change(&mut self, kind: Kind, id: &str, body: Option<Value>) {
        self.revision += 1;
        let change = Change { revision: self.revision, kind, id: id.to_owned(), body, at: NOON };
        self.builder.apply(&change).unwrap();
    }

    /// The World of a later time.
    pub(crate) fn world_at(&mut self, now: Timestamp) -> Arc<World> {
        self.builder.publish(now)
    }

    /// The World of a program that does not know these stored kinds, each critical or not.
    pub(crate) fn world_without(&mut self, kinds: &[(&str, bool)]) -> Arc<World> {
        self.builder.set_unknown_kinds(kinds.iter().copied());
        self.builder.publish(NOON)
    }

    pub(crate) fn world(&mut self) -> Arc<World> {
        let world = self.builder.publish(NOON);
        let problems: Vec<_> = world.problems().collect();
        assert!(problems.is_empty(), "{problems:?}");
        world
    }
}

/// A request to be made.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) user: &'static str,
    pub(crate) action: Action,
    pub(crate) resource: &'static str,
    pub(crate) device: Option<&'static str>,
    pub(crate) methods: MethodSet,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) ip: &'static str,
    pub(crate) path: Option<&'static str>,
}

impl Ask {
    /// A read with a passkey at noon from one's own laptop.
    pub(crate) fn new(user: &'static str, resource: &'static str) -> Self {
        Self {
            user,
            action: Action::Read,
            resource,
            device: Some("alice-laptop"),
            methods: MethodSet::EMPTY.with(Method::Passkey),
            authenticated_at: NOON,
            expires_at: minutes(720),
            ip: "192.0.2.7",
            path: None,
        }
    }

    pub(crate) fn request(&self, world: &World, now: Timestamp) -> AccessRequest {
        let handle = |kind, name| -> Handle { world.facts().interner().intern(kind, name).unwrap() };
        let device = self.device.map(|device| handle(EntityType::Device, device));
        let session = SessionFacts {
            id: SessionId::from_bytes([7; 16]),
            subject: handle(EntityType::User, self.user),
            device,
            established_at: NOON,
            authenticated_at: self.authenticated_at,
            expires_at: self.expires_at,
            methods: self.methods,
            assurance_limit: None,
            rotation: 0,
        };
        let unknown = Evidence::Unknown(WhyUnknown::NotProven);
        AccessRequest::new(RequestParts {
            id: RequestId::new("r-1"),
            session: Arc::new(session),
            device: device.map_or(unknown, |device| world.device_evidence(device, now)),
            resource: handle(EntityType::Resource, self.resource),
            action: self.action,
            network: world.network(self.ip.parse().unwrap()),
            http: self.path.map(|path| {
                sekisho_model::HttpFacts::new("GET".into(), path.into(), "wiki.localhost".parse().unwrap())
            }),
        })
    }

    pub(crate) fn decide(&self, world: &World, now: Timestamp) -> Decision {
        decide(world.policies(), world, &self.request(world, now), now)
    }
}

pub(crate) fn codes(decision: &Decision) -> Vec<&str> {
    decision.reasons().iter().map(|reason| reason.code.as_str()).collect()
}

pub(crate) fn remedies(decision: &Decision) -> Vec<&str> {
    decision.remedies().iter().map(|remedy| remedy.code.as_str()).collect()
}
