//! Callers and claims: who is heard about another's request, and which words of it.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use sekisho_model::documents::{Change, Kind};
use sekisho_model::{PresentedDevice, Timestamp};
use sekisho_policy_enforcement::{
    Caller, Claim, HeadLimits, Malformed, Refusal, RequestHead, Route, Scheme, route_held, token_hash,
};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn world(points: &[Value]) -> Arc<World> {
    let mut builder = WorldBuilder::new();
    let mut put = |kind, body: &Value| {
        let id = body["id"].as_str().unwrap().to_owned();
        builder.apply(&Change { revision: 1, kind, id, body: Some(body.clone()), at: Timestamp::default() }).unwrap();
    };
    for id in ["wiki", "payroll"] {
        put(Kind::Resource, &json!({ "id": id, "name": { "en": id }, "host": format!("{id}.test") }));
    }
    for point in points {
        put(Kind::EnforcementPoint, point);
    }
    builder.publish(Timestamp::default())
}

fn edge(speaks: &str) -> Value {
    json!({
        "id": "edge", "speaks": speaks, "resources": ["wiki"],
        "keys": [KEY], "tokens": [token_hash("old"), token_hash("new")],
    })
}

fn caller(speaks: &str) -> (Arc<World>, Caller) {
    let world = world(&[edge(speaks)]);
    let caller = Caller::authenticate(&world, None, Some("Bearer new")).unwrap();
    (world, caller)
}

fn certificate(id: &str, key: &str) -> PresentedDevice {
    PresentedDevice { id: id.parse().unwrap(), key_sha256: key.to_owned() }
}

#[test]
fn i21_a_caller_proves_itself_by_token_or_certificate() {
    let world = world(&[edge("nginx"), json!({ "id": "other", "speaks": "nginx", "tokens": [token_hash("third")] })]);
    let by_token = |words: &str| Caller::authenticate(&world, None, Some(words)).map(|caller| caller.id().to_string());
    for (words, who) in [
        ("Bearer old", Some("edge")),
        ("bearer new", Some("edge")),
        ("Bearer third", Some("other")),
        ("Bearer newer", None),
        ("Bearer ", None),
        ("Bearer", None),
        ("Basic new", None),
        ("new", None),
        ("", None),
    ] {
        assert_eq!(by_token(words).as_deref(), who, "{words}");
    }
    // What is stored opens nothing.
    assert_eq!(by_token(&format!("Bearer {}", token_hash("new").as_str())), None);
    let by_certificate = |id: &str, key: &str, words| {
        Caller::authenticate(&world, Some(&certificate(id, key)), words).map(|caller| caller.id().to_string())
    };
    assert_eq!(by_certificate("enforcement-point.edge", KEY, None).as_deref(), Some("edge"));
    for (id, key) in [
        ("edge", KEY),
        ("enforcement-point.other", KEY),
        ("enforcement-point.edge", &KEY.replace('0', "1")),
        ("laptop-7", KEY),
    ] {
        assert_eq!(by_certificate(id, key, None), None, "{id} {key}");
        // A certificate that is not good is not passed over for a token.
        assert_eq!(by_certificate(id, key, Some("Bearer new")), None, "{id} {key}");
    }
}

#[test]
fn i21_a_disabled_caller_is_not_heard() {
    let mut point = edge("nginx");
    point["status"] = json!("disabled");
    let world = world(&[point]);
    assert!(Caller::authenticate(&world, None, Some("Bearer new")).is_none());
    assert!(Caller::authenticate(&world, Some(&certificate("enforcement-point.edge", KEY)), None).is_none());
}

/// A caller's head with those fields.
fn asked(fields: &[(&str, &str)]) -> RequestHead {
    let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let bytes = Bytes::from(format!("GET /verify HTTP/1.1\r\nHost: decisions.test\r\n{lines}\r\n"));
    RequestHead::from_http1(&bytes, Scheme::Https, &HeadLimits::default()).unwrap()
}

const NGINX: [(&str, &str); 3] =
    [("X-Original-Method", "POST"), ("X-Original-URL", "https://wiki.test:9443/a?b"), ("X-Real-IP", "192.0.2.1")];
const FORWARDED: [(&str, &str); 5] = [
    ("X-Forwarded-Method", "POST"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "wiki.test:9443"),
    ("X-Forwarded-Uri", "/a?b"),
    ("X-Forwarded-For", "192.0.2.1"),
];

fn read(caller: &Caller, fields: &[(&str, &str)]) -> Result<RequestHead, Malformed> {
    let asked = asked(fields);
    let claim = Claim::in_fields(caller, &asked)?;
    RequestHead::of_claim(caller, &claim, asked.fields().clone(), &HeadLimits::default())
}

#[test]
fn i22_each_dialect_is_read_from_its_own_fields() {
    for (speaks, fields) in [("nginx", &NGINX[..]), ("traefik", &FORWARDED), ("caddy", &FORWARDED)] {
        let (_, caller) = caller(speaks);
        let head = read(&caller, fields).unwrap();
        assert_eq!((head.method().as_str(), head.host().as_str()), ("POST", "wiki.test"), "{speaks}");
        assert_eq!((head.path(), head.query()), ("/a", Some("b")), "{speaks}");
        for at in 0..fields.len() {
            let mut fewer = fields.to_vec();
            let removed = fewer.remove(at);
            assert_eq!(read(&caller, &fewer).unwrap_err(), Malformed::Claim, "{speaks} without {removed:?}");
            let mut twice = fields.to_vec();
            twice.push(removed);
            assert_eq!(read(&caller, &twice).unwrap_err(), Malformed::Claim, "{speaks} with two of {removed:?}");
        }
    }
}

#[test]
fn i22_the_fields_of_another_dialect_are_refused() {
    for (speaks, own, foreign) in [
        ("nginx", &NGINX[..], ("X-Forwarded-Uri", "/x")),
        ("nginx", &NGINX, ("X-Rewrite-URL", "/x")),
        ("traefik", &FORWARDED, ("X-Original-URL", "https://wiki.test/x")),
        ("caddy", &FORWARDED, ("X-Original-Method", "GET")),
        ("caddy", &FORWARDED, ("X-HTTP-Method-Override", "DELETE")),
    ] {
        let (_, caller) = caller(speaks);
        let mut fields = own.to_vec();
        fields.push(foreign);
        assert_eq!(read(&caller, &fields).unwrap_err(), Malformed::ForeignClaim, "{speaks} {foreign:?}");
    }
    for speaks in ["envoy", "authzen"] {
        let (_, caller) = caller(speaks);
        assert!(read(&caller, &FORWARDED).is_err(), "{speaks}");
        assert_eq!(read(&caller, &[]).unwrap_err(), Malformed::Claim, "{speaks}");
    }
}

#[test]
fn i6_a_claim_is_read_as_strictly_as_a_head() {
    let (_, caller) = caller("traefik");
    let good = Claim {
        method: "GET".to_owned(),
        scheme: "https".to_owned(),
        authority: "wiki.test".to_owned(),
        target: "/a".to_owned(),
        client: [192, 0, 2, 1].into(),
    };
    let read = |claim: &Claim| RequestHead::of_claim(&caller, claim, HeaderMap::new(), &HeadLimits::default());
    assert!(read(&good).is_ok());
    type Change = fn(&mut Claim);
    let changes: [(Change, Malformed); 9] = [
        (|claim| claim.scheme = "http".to_owned(), Malformed::NotSecure),
        (|claim| claim.method = "CONNECT".to_owned(), Malformed::Connect),
        (|claim| claim.method = "get".to_owned(), Malformed::Method),
        (|claim| claim.authority = "wiki.test, b.test".to_owned(), Malformed::HostForm),
        (|claim| claim.authority = String::new(), Malformed::HostMissing),
        (|claim| claim.target = "/b/../a".to_owned(), Malformed::DotSegment),
        (|claim| claim.target = "https://wiki.test/a".to_owned(), Malformed::TargetForm),
        (|claim| claim.target = "/a%00b".to_owned(), Malformed::EncodedControl),
        (|claim| claim.target = format!("/{}", "a".repeat(9000)), Malformed::TargetTooLong),
    ];
    for (change, rule) in changes {
        let mut claim = good.clone();
        change(&mut claim);
        assert_eq!(read(&claim).unwrap_err(), rule, "{claim:?}");
    }
}

#[test]
fn i23_a_caller_is_led_to_what_is_assigned_to_it() {
    let (world, caller) = caller("traefik");
    let lead = |host: &'static str, path: &'static str| {
        let mut fields = FORWARDED.to_vec();
        fields[2].1 = host;
        fields[3].1 = path;
        route_held(&read(&caller, &fields).unwrap(), &caller, 9443, &world)
    };
    assert!(matches!(lead("wiki.test", "/a"), Ok(Route::Application(_))));
    assert!(matches!(lead("wiki.test", "/.sekisho/session"), Ok(Route::Own(..))));
    for (host, path) in [
        ("payroll.test", "/a"),
        ("payroll.test", "/.sekisho/session"),
        ("nowhere.test", "/a"),
        ("decisions.test", "/verify"),
    ] {
        assert!(matches!(lead(host, path), Err(Refusal::NotAssigned)), "{host}{path}");
    }
}

#[test]
fn i6_a_claimed_port_is_the_callers_or_else_the_portals() {
    const PORTAL: u16 = 9443;
    for (own, good, wrong) in [
        (None, ["wiki.test", "wiki.test:9443"], ["wiki.test:443", "wiki.test:8443", "wiki.test:1"]),
        (Some(8443), ["wiki.test", "wiki.test:8443"], ["wiki.test:443", "wiki.test:9443", "wiki.test:65535"]),
        (Some(443), ["wiki.test", "wiki.test:443"], ["wiki.test:8443", "wiki.test:9443", "wiki.test:80"]),
    ] {
        let mut point = edge("traefik");
        point["port"] = json!(own);
        let world = world(&[point]);
        let caller = Caller::authenticate(&world, None, Some("Bearer new")).unwrap();
        let lead = |host: &'static str, path: &'static str| {
            let mut fields = FORWARDED.to_vec();
            fields[2].1 = host;
            fields[3].1 = path;
            route_held(&read(&caller, &fields).unwrap(), &caller, PORTAL, &world)
        };
        for path in ["/a", "/.sekisho/session"] {
            for host in good {
                assert!(lead(host, path).is_ok(), "{own:?} {host}{path}");
            }
            for host in wrong {
                assert!(matches!(lead(host, path), Err(Refusal::Misdirected)), "{own:?} {host}{path}");
            }
        }
        // What is another's does not show by its port either.
        assert!(matches!(lead("payroll.test:1", "/a"), Err(Refusal::NotAssigned)));
    }
}
