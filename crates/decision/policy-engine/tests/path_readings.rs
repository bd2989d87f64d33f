//! A path is permitted under every reading of it or not at all, and a method that a field asks for is decided too.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use sekisho_model::{AccessRequest, Action, AskedAs, HttpFacts, RequestParts};
use sekisho_path_reading::check_path;
use sekisho_policy_engine::{Memory, decide, is_permitted, shadow};
use sekisho_policy_information::World;
use support::{Ask, NOON, Office, codes};

const OPEN: &str = r#"
@id("open") permit(principal, action, resource == Sekisho::Resource::"wiki");
"#;
const CLOSED: &str = r#"
@id("closed") forbid(principal, action, resource == Sekisho::Resource::"wiki")
when { context has request && (context.request.path == "/admin" || context.request.path like "/admin/*") };
"#;
const NO_DELETION: &str = r#"
@id("no-deletion") forbid(principal, action == Sekisho::Action::"delete", resource == Sekisho::Resource::"wiki");
"#;

fn request(world: &World, http: HttpFacts, action: Action) -> AccessRequest {
    let base = Ask::new("alice", "wiki").request(world, NOON);
    AccessRequest::new(RequestParts {
        id: base.id().clone(),
        session: base.session().clone(),
        device: *base.device(),
        resource: base.resource(),
        action,
        network: base.network().clone(),
        http: Some(http),
    })
}

fn asks_for(world: &World, path: &str) -> AccessRequest {
    let http = HttpFacts::new("GET".into(), path.into(), "wiki.localhost".parse().unwrap());
    request(world, http, Action::Read)
}

fn served_as(world: &World, method: &str, action: Action) -> AccessRequest {
    let mut http = HttpFacts::new("POST".into(), "/a".into(), "wiki.localhost".parse().unwrap());
    http.asked_as = Some(AskedAs { method: method.into(), action });
    request(world, http, Action::Write)
}

/// The decision, which the reference must share.
fn is_open(world: &Arc<World>, request: &AccessRequest) -> bool {
    let decision = decide(world.policies(), world, request, NOON);
    assert_eq!(shadow::agrees(world.policies(), world, request, &decision, NOON), Ok(()));
    assert_eq!(is_permitted(world.policies(), world, request, NOON), decision.is_permit());
    decision.is_permit()
}

const DISGUISES: [&str; 14] = [
    "/admin",
    "/admin/x",
    "//admin/x",
    "/admin;x",
    "/admin./x",
    "/admin%20/x",
    "/admin%2fx",
    "/admin%5cx",
    "/admin\\x",
    "/%61dmin/x",
    "/%c1%a1dmin",
    "/admin%3fx",
    "/;a/admin/x",
    "/admin%3Bv%2fx",
];
const NAMES: [&str; 10] = [
    "/",
    "/a%2Fb",
    "//x",
    "/a;b=1",
    "/%93%FA.html",
    "/web/https://example.com/a",
    "/a\\b",
    "/administration",
    "/Admin/x",
    "/%2561dmin/x",
];

#[test]
fn i6_a_path_is_permitted_under_every_reading_or_not_at_all() {
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    for path in DISGUISES {
        assert!(!is_open(&world, &asks_for(&world, path)), "{path}");
    }
    for path in NAMES {
        assert!(is_open(&world, &asks_for(&world, path)), "{path}");
    }
}

#[test]
fn i6_where_no_policy_reads_the_path_its_bytes_pass() {
    let world = Office::new(OPEN).world();
    for path in DISGUISES.iter().chain(&NAMES) {
        assert!(is_open(&world, &asks_for(&world, path)), "{path}");
    }
    let hostile = "/a;b%2f%5c%3b\\%c0%af.%20//c%2e;%3Fd".repeat(20);
    assert!(is_open(&world, &asks_for(&world, &hostile)));
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    let decision = decide(world.policies(), &world, &asks_for(&world, &hostile), NOON);
    assert!(codes(&decision).contains(&"too-many-readings"), "{:?}", codes(&decision));
}

#[test]
fn i6_a_denial_says_which_reading_is_not_permitted() {
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    let decision = decide(world.policies(), &world, &asks_for(&world, "/admin%2fx"), NOON);
    assert_eq!(codes(&decision), ["closed", "read-differently"]);
    assert_eq!(decision.determining()[0].as_str(), "closed");
    assert!(decision.reasons()[1].text.en.contains("GET /admin/x"), "{:?}", decision.reasons());
    assert_eq!(codes(&decide(world.policies(), &world, &asks_for(&world, "/admin/x"), NOON)), ["closed"]);
}

#[test]
fn i6_a_remembered_permit_covers_its_own_bytes_only() {
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    let mut memory = Memory::new(16);
    let first = asks_for(&world, "/a%2fb");
    memory.remember(&world, &first, &decide(world.policies(), &world, &first, NOON), NOON);
    assert!(memory.recall(&world, &first, NOON).is_some());
    for other in ["/admin%2fb", "/a/b", "/a%2Fb"] {
        assert!(memory.recall(&world, &asks_for(&world, other), NOON).is_none(), "{other}");
    }
}

#[test]
fn i6_the_method_of_a_field_must_be_permitted_too() {
    let world = Office::new(&format!("{OPEN}{NO_DELETION}")).world();
    assert!(is_open(&world, &served_as(&world, "PUT", Action::Write)));
    assert!(is_open(&world, &served_as(&world, "GET", Action::Read)));
    let deletion = served_as(&world, "DELETE", Action::Delete);
    assert!(!is_open(&world, &deletion));
    let decision = decide(world.policies(), &world, &deletion, NOON);
    assert_eq!(codes(&decision), ["no-deletion", "read-differently"]);
    // What was decided without the field says nothing of a request with it.
    let mut memory = Memory::new(16);
    let plain = HttpFacts::new("POST".into(), "/a".into(), "wiki.localhost".parse().unwrap());
    let plain = request(&world, plain, Action::Write);
    memory.remember(&world, &plain, &decide(world.policies(), &world, &plain, NOON), NOON);
    assert!(memory.recall(&world, &plain, NOON).is_some());
    assert!(memory.recall(&world, &deletion, NOON).is_none());
}

fn moved(world: &World, destination: Option<&str>) -> AccessRequest {
    let mut http = HttpFacts::new("MOVE".into(), "/a".into(), "wiki.localhost".parse().unwrap());
    http.destination = destination.map(Into::into);
    request(world, http, Action::Write)
}

#[test]
fn i6_the_destination_of_a_move_must_be_permitted_too() {
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    for path in NAMES {
        assert!(is_open(&world, &moved(&world, Some(path))), "{path}");
    }
    for path in DISGUISES {
        assert!(!is_open(&world, &moved(&world, Some(path))), "{path}");
    }
    let world = Office::new(OPEN).world();
    assert!(is_open(&world, &moved(&world, Some("/admin"))));
    // Nor is it where a field asks for the method.
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    let mut http = moved(&world, Some("/admin/x")).http().cloned().unwrap();
    http.asked_as = Some(AskedAs { method: "COPY".into(), action: Action::Write });
    assert!(!is_open(&world, &request(&world, http, Action::Write)));
}

#[test]
fn i6_a_remembered_permit_covers_no_destination() {
    let world = Office::new(&format!("{OPEN}{CLOSED}")).world();
    let mut memory = Memory::new(16);
    for remembered in [moved(&world, None), moved(&world, Some("/b"))] {
        memory.remember(&world, &remembered, &decide(world.policies(), &world, &remembered, NOON), NOON);
    }
    assert!(memory.recall(&world, &moved(&world, None), NOON).is_some());
    for other in ["/b", "/admin/x"] {
        assert!(memory.recall(&world, &moved(&world, Some(other)), NOON).is_none(), "{other}");
    }
}

/// How servers read a path, each by its own documentation: written apart from the readings that are tested.
mod servers {
    fn unescape(path: &str, keep: &[u8]) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(byte) = path.as_bytes().get(at) {
            let value = (*byte == b'%')
                .then(|| u8::from_str_radix(path.get(at + 1..at + 3)?, 16).ok())
                .flatten()
                .filter(|value| !keep.contains(value));
            out.push(value.unwrap_or(*byte));
            at += if value.is_some() { 3 } else { 1 };
        }
        out
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn join_slashes(path: &str) -> String {
        let mut out = path.to_owned();
        while out.contains("//") {
            out = out.replace("//", "/");
        }
        out
    }

    fn cut(path: &str) -> String {
        path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
    }

    fn trim(path: &str) -> String {
        path.split('/').map(|segment| segment.trim_end_matches(['.', ' '])).collect::<Vec<_>>().join("/")
    }

    pub(super) fn nginx(path: &str) -> String {
        join_slashes(&text(unescape(path, &[])))
    }

    pub(super) fn nginx_without_merging(path: &str) -> String {
        text(unescape(path, &[]))
    }

    pub(super) fn apache(path: &str) -> String {
        // AllowEncodedSlashes NoDecode, then MergeSlashes.
        join_slashes(&text(unescape(path, b"/")))
    }

    pub(super) fn tomcat(path: &str) -> String {
        // Parameters off, decode, `\` as `/`, then one slash.
        join_slashes(&text(unescape(&cut(path), &[])).replace('\\', "/"))
    }

    pub(super) fn node(path: &str) -> String {
        // The URL class takes `\` for `/`; the pathname stays encoded.
        path.replace('\\', "/")
    }

    pub(super) fn express(path: &str) -> String {
        // Routes match the encoded path, parameters are decoded: what a static middleware opens.
        text(unescape(&node(path), &[]))
    }

    pub(super) fn framework(path: &str) -> String {
        // Decodes, and then cuts parameters off.
        join_slashes(&cut(&text(unescape(path, &[]))))
    }

    pub(super) fn windows(path: &str) -> String {
        join_slashes(&trim(&text(unescape(path, &[])).replace('\\', "/")))
    }

    pub(super) fn reparsing(path: &str) -> String {
        text(unescape(path, &[])).split(['?', '#']).next().unwrap_or_default().to_owned()
    }

    type Reading = fn(&str) -> String;

    pub(super) const ALL: [(&str, Reading); 9] = [
        ("nginx", nginx),
        ("nginx, merge_slashes off", nginx_without_merging),
        ("Apache", apache),
        ("Tomcat", tomcat),
        ("Node", node),
        ("Express", express),
        ("a decoding framework", framework),
        ("a server of Windows", windows),
        ("a server that parses twice", reparsing),
    ];
}

#[test]
fn i6_the_models_of_servers_read_what_their_documentation_says() {
    assert_eq!(servers::nginx("/%61//b%2Fc;d"), "/a/b/c;d");
    assert_eq!(servers::apache("/%61//b%2Fc"), "/a/b%2Fc");
    assert_eq!(servers::tomcat("/a;v=1/b%5Cc"), "/a/b/c");
    assert_eq!(servers::windows("/a. /b%2e"), "/a/b");
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => Just("/"), 4 => Just("admin"), 2 => Just("x"), 2 => Just("%2f"), 1 => Just("%2F"), 2 => Just("\\"), 1 => Just("%5c"),
        2 => Just(";"), 1 => Just("%3b"), 1 => Just("v=1"), 1 => Just("."), 1 => Just("%2e"), 1 => Just("%20"), 1 => Just("%61dmin"),
        1 => Just("a%64min"), 1 => Just("%3f"), 1 => Just("%23"), 1 => Just("%c0%af"), 1 => Just("%93%fa"), 1 => Just("%25"),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn i6_no_path_is_permitted_that_a_server_reads_as_forbidden(path in pieces()) {
        thread_local! {
            static WORLD: Arc<World> = Office::new(&format!("{OPEN}{CLOSED}")).world();
        }
        let permitted = WORLD.with(|world| {
            check_path(&path).is_ok() && is_permitted(world.policies(), world, &asks_for(world, &path), NOON)
        });
        if permitted {
            for (name, read) in servers::ALL {
                let reading = read(&path);
                prop_assert!(reading != "/admin" && !reading.starts_with("/admin/"), "{name} reads {path} as {reading}");
                prop_assert!(!reading.split('/').any(|segment| segment == ".."), "{name} climbs: {path} as {reading}");
            }
        }
    }
}
