//! Who is known, and who is not: each beside its neighbour.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use sekisho_model::documents::{Change, Kind};
use sekisho_model::{PresentedDevice, Timestamp};
use sekisho_policy_information::{World, WorldBuilder};
use sekisho_resolver::Asker;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const TOKEN: &str = "0123456789abcdef";

/// A World with two people, a device and a token of each; `change` changes these documents.
fn world(change: impl Fn(&mut [(Kind, &str, Value)])) -> Arc<World> {
    let hash = |token: &str| hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes()));
    let token = |id: &str, user: &str, text: &str| json!({ "id": id, "user": user, "made_at": 0, "expires_at": NOW.plus(sekisho_model::Span::from_seconds(1)), "secret_hash": hash(text) });
    let device = |id: &str, owner: &str, key: &str| json!({ "id": id, "name": id, "owner": owner, "platform": "linux", "status": "active", "key_sha256": key.repeat(32) });
    let mut documents = [
        (Kind::User, "alice", json!({ "id": "alice", "name": "Alice", "status": "active" })),
        (Kind::User, "bob", json!({ "id": "bob", "name": "Bob", "status": "active" })),
        (Kind::Device, "laptop", device("laptop", "alice", "aa")),
        (Kind::Device, "desk", device("desk", "bob", "bb")),
        (Kind::ResolverToken, "phone", token("phone", "alice", TOKEN)),
        (Kind::ResolverToken, "tablet", token("tablet", "bob", "another")),
    ];
    change(&mut documents);
    let mut builder = WorldBuilder::new();
    for (revision, (kind, id, body)) in (1..).zip(documents) {
        builder.apply(&Change { kind, id: id.to_owned(), revision, at: NOW, body: Some(body) }).unwrap();
    }
    builder.publish(NOW)
}

fn by_token(world: &World, token: &str) -> Option<String> {
    Asker::by_token(world, token, NOW).map(|asker| world.id(asker.session().subject).to_string())
}

fn by_device(world: &World, id: &str, key: &str) -> Option<String> {
    let presented = PresentedDevice { id: id.parse().unwrap(), key_sha256: key.repeat(32) };
    Asker::by_device(world, &presented, NOW).map(|asker| world.id(asker.session().subject).to_string())
}

#[test]
fn i50_a_token_counts_until_its_end_and_while_its_account_is_active() {
    let usual = world(|_| {});
    assert_eq!(by_token(&usual, TOKEN).as_deref(), Some("alice"));
    assert_eq!(by_token(&usual, "another").as_deref(), Some("bob"), "its neighbour");
    for wrong in ["", "0123456789abcdeF", "phone", &"0".repeat(4096)] {
        assert_eq!(by_token(&usual, wrong), None, "{wrong}");
    }
    assert!(Asker::by_token(&usual, TOKEN, NOW).unwrap().device().known().is_none(), "a token proves no device");
    for (field, value) in [("expires_at", json!(NOW)), ("user", json!("nobody"))] {
        let changed = world(|documents| documents[4].2[field] = value.clone());
        assert_eq!(
            (by_token(&changed, TOKEN), by_token(&changed, "another").as_deref()),
            (None, Some("bob")),
            "{field}"
        );
    }
    let disabled = world(|documents| documents[0].2["status"] = json!("disabled"));
    assert_eq!((by_token(&disabled, TOKEN), by_token(&disabled, "another").as_deref()), (None, Some("bob")));
}

#[test]
fn i50_a_certificate_counts_for_the_enrolled_key_of_an_assigned_device() {
    let usual = world(|_| {});
    assert_eq!(by_device(&usual, "laptop", "aa").as_deref(), Some("alice"));
    assert_eq!(by_device(&usual, "desk", "bb").as_deref(), Some("bob"), "its neighbour");
    assert_eq!(by_device(&usual, "laptop", "bb"), None, "the key of another device");
    assert_eq!(by_device(&usual, "nothing", "aa"), None);
    for (place, field, value) in [
        (2, "status", json!("revoked")),
        (2, "owner", Value::Null),
        (2, "owner", json!("nobody")),
        (0, "status", json!("disabled")),
    ] {
        let changed = world(|documents| match &value {
            Value::Null => drop(documents[place].2.as_object_mut().unwrap().remove(field)),
            value => documents[place].2[field] = value.clone(),
        });
        assert_eq!(by_device(&changed, "laptop", "aa"), None, "{field}: {value}");
        assert_eq!(by_device(&changed, "desk", "bb").as_deref(), Some("bob"));
    }
}
