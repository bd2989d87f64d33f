use sekisho_model::documents::{Change, Kind};
use sekisho_model::{DeviceId, PresentedDevice};
use sekisho_policy_information::WorldBuilder;
use serde_json::{Value, json};

use super::*;
use crate::{HeadLimits, Scheme};

const SECRET: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const KEY: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn token(id: u8) -> String {
    format!("{WORKLOAD_TOKEN}{}_{SECRET}", format!("{id:02x}").repeat(16))
}

/// A World with one workload that has a token (01) and a certificate (02), ended ones (03, 04), and a token of nobody (05).
fn world(workload: Value, owner_status: &str) -> Arc<World> {
    let id = |number: u8| format!("{number:02x}").repeat(16);
    let hash = |number: u8| token_hash(&token(number)).as_str().to_owned();
    let credential = |number: u8, of: &str, proof: Value, until: i64| {
        let body = json!({ "id": id(number), "workload": of, "proof": proof, "origin": "issued", "made_at": 0,
            "expires_at": until });
        (Kind::WorkloadCredential, id(number), body)
    };
    let alice = json!({ "id": "alice", "name": "Alice", "status": owner_status });
    let mut builder = WorldBuilder::new();
    let documents = [
        (Kind::User, "alice".to_owned(), alice),
        (Kind::Workload, "ci".to_owned(), workload),
        credential(1, "ci", json!({ "token": hash(1) }), 1000),
        credential(2, "ci", json!({ "certificate": KEY }), 1000),
        credential(3, "ci", json!({ "token": hash(3) }), 5),
        credential(4, "ci", json!({ "certificate": "c".repeat(64) }), 5),
        credential(5, "gone", json!({ "token": hash(5) }), 1000),
    ];
    for (revision, (kind, id, body)) in (1..).zip(documents) {
        let change = Change { revision, kind, id, body: Some(body), at: Timestamp::default() };
        builder.apply(&change).expect("a document");
    }
    builder.publish(Timestamp::from_millis(10))
}

fn ci() -> Value {
    json!({ "id": "ci", "owner": "alice" })
}

fn head(lines: &str) -> RequestHead {
    let text = format!("GET /a HTTP/1.1\r\nHost: app.test\r\n{lines}\r\n");
    RequestHead::from_http1(&text.into(), Scheme::Https, &HeadLimits::default()).expect("a head")
}

fn connection(name: &str, key: &str) -> Connection {
    let id: DeviceId = name.parse().expect("a name");
    let device = Some(PresentedDevice { id, key_sha256: key.to_owned() });
    Connection { peer: ([192, 0, 2, 1], 4000).into(), server_name: None, device }
}

fn plain() -> Connection {
    Connection { device: None, ..connection("nobody", KEY) }
}

fn asks(shown: ShownWorkload) -> Option<Option<u8>> {
    match shown {
        ShownWorkload::Nothing => None,
        ShownWorkload::Token(session) | ShownWorkload::Certificate(session) => {
            Some(session.map(|session| session.id.as_bytes()[0]))
        }
    }
}

fn shown(lines: &str, connection: &Connection, world: &World) -> Option<Option<u8>> {
    asks(shown_workload(&head(lines), connection, world, Timestamp::from_millis(10)))
}

#[test]
fn i54_a_credential_speaks_for_its_workload_while_that_may_ask() {
    let bearer = format!("Authorization: Bearer {}\r\n", token(1));
    let here = world(ci(), "active");
    assert_eq!(shown(&bearer, &plain(), &here), Some(Some(1)));
    assert_eq!(shown("", &connection("workload.ci", KEY), &here), Some(Some(2)));
    for (workload, status) in
        [(json!({ "id": "ci", "owner": "alice", "disabled": true }), "active"), (ci(), "disabled")]
    {
        let here = world(workload, status);
        assert_eq!(shown(&bearer, &plain(), &here), Some(None));
        assert_eq!(shown("", &connection("workload.ci", KEY), &here), Some(None));
    }
    let unowned = world(json!({ "id": "ci", "owner": "nobody" }), "active");
    assert_eq!(shown(&bearer, &plain(), &unowned), Some(None));
}

#[test]
fn i54_no_other_token_and_no_other_certificate_does() {
    let here = world(ci(), "active");
    let altered = token(1).replace("aaa", "aab");
    let swapped = token(1).replacen("0101", "0202", 1);
    let of_certificate = token(2);
    for wrong in [token(3), token(5), token(9), altered, swapped, of_certificate, format!("{}a", token(1))] {
        assert_eq!(shown(&format!("Authorization: Bearer {wrong}\r\n"), &plain(), &here), Some(None), "{wrong}");
    }
    for (name, key) in [("workload.ci", &*"c".repeat(64)), ("workload.ci", &"d".repeat(64)), ("workload.other", KEY)] {
        assert_eq!(shown("", &connection(name, key), &here), Some(None), "{name} {key}");
    }
    assert_eq!(shown("", &connection("ci", KEY), &here), None, "a device is no workload");
}

#[test]
fn i55_a_wrong_token_is_not_passed_over_and_none_goes_on() {
    let here = world(ci(), "active");
    let with_certificate = connection("workload.ci", KEY);
    for scheme in ["Bearer", "bearer", "Basic", "Token  "] {
        let line = format!("Authorization: {scheme} {}\r\n", token(9));
        assert_eq!(shown(&line, &with_certificate, &here), Some(None), "{scheme}");
        let head = head(&line);
        assert!(head.fields().iter().any(|(name, value)| tells_token(name, value)), "{scheme}");
    }
    let own = head("Authorization: Bearer of-the-application\r\n");
    assert!(!own.fields().iter().any(|(name, value)| tells_token(name, value)));
    assert_eq!(asks(shown_workload(&own, &with_certificate, &here, Timestamp::from_millis(10))), Some(Some(2)));
}

#[test]
fn i54_a_page_that_makes_a_browser_ask_uses_no_certificate() {
    let (here, with_certificate) = (world(ci(), "active"), connection("workload.ci", KEY));
    for line in ["Origin: https://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        assert_eq!(shown(line, &with_certificate, &here), Some(None), "{line}");
    }
}
