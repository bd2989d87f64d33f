//! Whoever has not proven to be an enforcement point learns nothing, whatever it says of a request.

use sekisho_e2e::peer::{Caller, Program};
use sekisho_e2e::platform::Platform;

use crate::scene::{WIKI, organise};

/// What an honest proxy would say.
const ORIGINAL: [(&str, &str); 5] = [
    ("x-forwarded-method", "GET"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", WIKI),
    ("x-forwarded-uri", "/page"),
    ("x-forwarded-for", "192.0.2.1"),
];

#[tokio::test]
async fn i21_only_an_enforcement_point_is_heard() {
    let platform = Platform::start(1).await.unwrap();
    organise(&platform, Program::Traefik, platform.port()).await.unwrap();
    // The gateway holds the wiki as well, so her session is handed over there.
    let wiki = "[[resource]]\nid = \"wiki\"\nname = { en = \"wiki\" }\nhost = \"wiki.localhost\"\nsensitivity = 1\n\
        upstream = \"http://127.0.0.1:9\"\n";
    platform.apply(&[("wiki.toml", wiki)]).await.unwrap();
    let mut alice = platform.signed_in("alice").await.unwrap();
    alice.open(WIKI, "/").await.unwrap();
    let cookie = alice.cookie(WIKI);
    assert!(cookie.contains("__Host-sekisho="), "{cookie}");
    let mut fields = ORIGINAL.to_vec();
    fields.push(("cookie", &cookie));
    let edge = Caller::with_token(&platform, "edge").await.unwrap();
    let told = edge.get("/verify", &fields).await.unwrap();
    assert_eq!(told.status, 200, "{}", told.body);
    assert!(told.fields.contains_key("sekisho-assertion"));
    for nobody in [
        Caller::nobody(&platform).unwrap(),
        edge.claiming("Bearer"),
        edge.claiming("Bearer x"),
        edge.claiming("Basic ZWRnZTplZGdl"),
    ] {
        let told = nobody.get("/verify", &fields).await.unwrap();
        assert_eq!((told.status, told.fields.contains_key("sekisho-assertion")), (401, false));
    }
    let vault = Caller::with_token(&platform, "vault").await.unwrap();
    let told = vault.get("/verify", &fields).await.unwrap();
    assert_eq!((told.status, told.fields.contains_key("sekisho-assertion")), (403, false));
}

#[tokio::test]
async fn i22_a_claim_that_is_not_plain_is_refused() {
    let platform = Platform::start(1).await.unwrap();
    organise(&platform, Program::Traefik, platform.port()).await.unwrap();
    let edge = Caller::with_token(&platform, "edge").await.unwrap();
    let changed = |name: &str, value: Option<&'static str>| {
        let mut fields = ORIGINAL.to_vec();
        fields.retain(|(field, _)| *field != name);
        fields.extend(value.map(|value| (ORIGINAL.iter().find(|(field, _)| *field == name).unwrap().0, value)));
        fields
    };
    let mut wrong = vec![
        changed("x-forwarded-proto", Some("http")),
        changed("x-forwarded-method", Some("CONNECT")),
        changed("x-forwarded-method", Some("get")),
        changed("x-forwarded-uri", Some("/a/../page")),
        changed("x-forwarded-uri", Some("page")),
        changed("x-forwarded-uri", Some("https://wiki.localhost/page")),
        changed("x-forwarded-host", Some("wiki.localhost,other.localhost")),
        changed("x-forwarded-host", Some("192.0.2.1")),
        changed("x-forwarded-for", Some("192.0.2.1, 192.0.2.2")),
    ];
    wrong.extend(ORIGINAL.iter().map(|(name, _)| changed(name, None)));
    for (name, value) in ORIGINAL {
        let mut twice = ORIGINAL.to_vec();
        twice.push((name, value));
        wrong.push(twice);
    }
    let mut foreign = ORIGINAL.to_vec();
    foreign.push(("x-original-url", "https://wiki.localhost/page"));
    wrong.push(foreign);
    for fields in wrong {
        let told = edge.get("/verify", &fields).await.unwrap();
        assert!(matches!(told.status, 400..=599), "{fields:?}: {}", told.status);
        assert!(told.status != 401, "{fields:?}");
    }
    let told = edge.get("/verify", &ORIGINAL).await.unwrap();
    assert_eq!(told.status, 401, "a whole claim of somebody who is not signed in: {}", told.body);
    assert_eq!(told.body["type"], "urn:sekisho:problem:sign-in-required", "{}", told.body);
}
