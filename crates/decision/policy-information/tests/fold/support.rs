//! Documents to fold, and a World written out by names, so that two Worlds of different builders can be compared.

use std::collections::BTreeMap;

use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Evidence, Timestamp};
use sekisho_policy_information::World;
use serde_json::{Value, json};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

pub(crate) fn put(kind: Kind, id: &str, body: Value) -> Change {
    Change { revision: 1, kind, id: id.to_owned(), body: Some(body), at: at(0) }
}

pub(crate) fn delete(kind: Kind, id: &str) -> Change {
    Change { revision: 1, kind, id: id.to_owned(), body: None, at: at(0) }
}

pub(crate) fn user(id: &str, groups: &[&str]) -> Change {
    put(Kind::User, id, json!({"id": id, "name": id.to_uppercase(), "groups": groups, "employment": "staff"}))
}

pub(crate) fn group(id: &str, parents: &[&str]) -> Change {
    put(Kind::Group, id, json!({"id": id, "name": id, "groups": parents}))
}

pub(crate) fn key(seed: u8) -> String {
    format!("{seed:02x}").repeat(32)
}

pub(crate) fn device(id: &str) -> Change {
    put(Kind::Device, id, json!({"id": id, "name": id, "platform": "linux", "key_sha256": key(1)}))
}

pub(crate) fn posture(device: &str, reported_at: i64, failing: &[&str]) -> Change {
    let failing: Vec<Value> = failing.iter().map(|check| json!({"check": check, "found": "x"})).collect();
    let body =
        json!({"device": device, "reported_at": reported_at * 1000, "sequence": 1, "facts": {}, "failing": failing});
    put(Kind::Posture, device, body)
}

pub(crate) fn resource(id: &str, host: &str) -> Change {
    put(Kind::Resource, id, json!({"id": id, "name": {"en": id}, "host": host, "sensitivity": 1}))
}

pub(crate) fn session_id(n: u8) -> String {
    format!("{n:02x}").repeat(16)
}

pub(crate) fn session(n: u8, user: &str, device: Option<&str>) -> Change {
    let body = json!({
        "id": session_id(n), "user": user, "device": device, "established_at": 0, "authenticated_at": 0,
        "expires_at": 3_600_000, "methods": ["passkey"], "address": "192.0.2.1",
    });
    put(Kind::Session, &session_id(n), body)
}

pub(crate) fn session_with_key(n: u8, user: &str, device: &str, key: &str) -> Change {
    let mut session = session(n, user, Some(device));
    session.body.as_mut().expect("a body")["device_key"] = json!(key);
    session
}

pub(crate) fn api_token(id: &str, owner: &str, roles: &[&str]) -> Change {
    let body = json!({
        "id": id, "owner": owner, "roles": roles, "made_at": 0, "expires_at": 3_600_000, "secret_hash": key(7),
        "methods": ["passkey"], "authenticated_at": 0,
    });
    put(Kind::ApiToken, id, body)
}

pub(crate) fn workload(id: &str, owner: &str, groups: &[&str]) -> Change {
    put(Kind::Workload, id, json!({ "id": id, "owner": owner, "groups": groups }))
}

pub(crate) fn signal(id: &str, about: Value, weight: u8, ends_at: i64) -> Change {
    named_signal(id, about, "passkey-copied", weight, ends_at)
}

pub(crate) fn named_signal(id: &str, about: Value, name: &str, weight: u8, ends_at: i64) -> Change {
    let body = json!({
        "id": id, "about": about, "name": name, "weight": weight, "seen_at": 0, "ends_at": ends_at * 1000,
    });
    put(Kind::Signal, id, body)
}

/// Everything a World says, by names: equal for equal Worlds whatever the handles.
pub(crate) fn written_out(world: &World, now: Timestamp) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    entities(world, now, &mut out);
    for session in world.sessions() {
        let device = session.device.map(|device| name(world, device));
        let subject = name(world, session.subject);
        let rest = (
            session.established_at,
            session.authenticated_at,
            session.expires_at,
            session.methods,
            session.assurance_limit,
        );
        out.insert(format!("session {}", session.id), format!("{subject} {device:?} {rest:?} {}", session.rotation));
    }
    for (handle, resource) in world.resources() {
        let leads = resource.host.as_ref().and_then(|host| world.resource_by_host(host.as_str()));
        let leads = leads.map(|handle| name(world, handle));
        out.insert(format!("resource {}", name(world, handle)), format!("{leads:?} {resource:?}"));
    }
    let users: Vec<Handle> = world.facts().of_type(EntityType::User).map(|(handle, _)| handle).collect();
    for user in &users {
        for (resource, _) in world.resources() {
            if let Some(grant) = world.grant(*user, resource, now) {
                out.insert(format!("grant {} {}", name(world, *user), name(world, resource)), format!("{grant:?}"));
            }
        }
    }
    for address in ["10.0.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.1", "::ffff:10.1.2.3", "2001:db8::1"] {
        let facts = world.network(address.parse().expect("an address"));
        out.insert(format!("network {address}"), format!("{facts:?}"));
    }
    for token in world.api_tokens() {
        out.insert(format!("token {}", token.id), format!("{token:?}"));
    }
    for credential in world.workload_credentials() {
        let session = world.workload_session(&credential.id).map(|session| name(world, session.subject));
        let key = format!("credential {} {}", credential.id, credential.workload);
        out.insert(key, format!("{credential:?} {session:?}"));
    }
    out.insert("settings".to_owned(), format!("{:?}", world.settings()));
    out.insert("checks".to_owned(), format!("{:?}", world.checks().collect::<Vec<_>>()));
    for (n, problem) in world.problems().enumerate() {
        out.insert(format!("problem {n:03}"), problem.to_string());
    }
    out
}

fn entities(world: &World, now: Timestamp, out: &mut BTreeMap<String, String>) {
    for kind in EntityType::ALL {
        for (handle, entity) in world.facts().of_type(kind) {
            let mut ancestors: Vec<String> = entity.ancestors().iter().map(|group| name(world, *group)).collect();
            ancestors.sort_unstable();
            let attributes: Vec<String> =
                entity.attributes().map(|(slot, fact)| format!("{slot:?}={}", shown(world, fact))).collect();
            let tags: Vec<String> = entity.tags().iter().map(|(name, fact)| format!("{name}={fact:?}")).collect();
            let risk = world.entity_risk(handle, now);
            let value = format!("{ancestors:?} {attributes:?} {tags:?} {risk:?}");
            out.insert(format!("{kind:?} {}", name(world, handle)), value);
        }
    }
    for device in world.devices() {
        let evidence = match world.device_evidence(device.handle, now) {
            Evidence::Known(_) => "known".to_owned(),
            Evidence::Stale { confirmed_at, .. } => format!("stale since {confirmed_at}"),
            Evidence::Unknown(why) => format!("{why:?}"),
        };
        let owner = shown(world, device.facts.get(Slot::Owner));
        let matches = world.device_key_matches(device.handle, &key(1));
        let value = format!("{} {:?} {evidence} {owner} {matches}", device.usable, device.reported_at);
        out.insert(format!("device {}", device.id), value);
    }
}

fn name(world: &World, handle: Handle) -> String {
    world.id(handle).to_string()
}

fn shown(world: &World, fact: &Fact) -> String {
    match fact {
        Fact::Entity(handle) => name(world, *handle),
        other => format!("{other:?}"),
    }
}
