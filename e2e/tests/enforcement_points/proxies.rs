//! The same story with each proxy: who may, who may not, who lies, and what is revoked.

use sekisho_e2e::client::{Answer, Person};
use sekisho_e2e::peer::{Caller, Program};

use crate::bodies;
use crate::scene::{PAYROLL, Scene, WIKI};

#[tokio::test]
async fn i22_i23_nginx_enforces_what_is_decided() {
    enforces(Program::Nginx).await;
}

#[tokio::test]
async fn i22_i23_traefik_enforces_what_is_decided() {
    enforces(Program::Traefik).await;
}

#[tokio::test]
async fn i22_i23_caddy_enforces_what_is_decided() {
    enforces(Program::Caddy).await;
}

#[tokio::test]
async fn i22_i23_envoy_enforces_what_is_decided() {
    enforces(Program::Envoy).await;
}

async fn enforces(program: Program) {
    let scene = Scene::start(program).await.unwrap();
    nobody_is_sent_to_sign_in(&scene).await;
    let mut alice = scene.signed_in("alice").await.unwrap();
    the_right_user_passes(&scene, &mut alice).await;
    bodies::pass_where_they_may(&scene, &alice).await;
    the_wrong_user_is_told_why(&scene).await;
    who_lies_about_the_request_is_refused(&scene, &mut alice).await;
    what_is_not_assigned_is_refused(&scene, &mut alice).await;
    a_disabled_enforcement_point_lets_nobody_pass(&scene, &mut alice).await;
    a_revoked_user_is_refused(&scene, &mut alice).await;
    a_revoked_enforcement_point_lets_nobody_pass(&scene).await;
}

async fn nobody_is_sent_to_sign_in(scene: &Scene) {
    let answer = scene.stranger().unwrap().ask(&scene.url(WIKI, "/page"), &[]).await.unwrap();
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.header("location");
    assert!(to.starts_with("https://portal.localhost:") && to.contains("/sign-in/to/wiki?return=/page&flow="), "{to}");
    assert!(answer.header("set-cookie").starts_with("__Host-sekisho-flow="), "{:?}", answer.headers);
    assert_eq!(scene.received(), 0);
}

async fn the_right_user_passes(scene: &Scene, alice: &mut Person) {
    let answer = alice.go(&scene.url(WIKI, "/page?x=1")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{}", answer.url);
    assert_eq!(answer.url, scene.url(WIKI, "/page?x=1"));
    // What the origin got: one request, introduced by Sekisho, without anything that opens a session.
    let recorded = scene.origin.recorded();
    assert_eq!(recorded.strict.len(), 1, "{recorded:?}");
    let request = recorded.strict.first().unwrap();
    assert_eq!(request.line, "GET /page?x=1");
    assert_eq!(request.values("sekisho-assertion").len(), 1, "{request:?}");
    assert_eq!(request.values("x-request-id").len(), 1, "{request:?}");
    let bytes = String::from_utf8(recorded.bytes.concat()).unwrap();
    assert!(!bytes.contains("__Host-sekisho"), "{bytes}");
    scene.received();
    // The client's own words under these names do not arrive.
    let cookie = format!("theme=dark; {}", alice.cookie(WIKI));
    let fields = [("sekisho-assertion", "mallory"), ("sekisho-obligations", "mallory"), ("cookie", cookie.as_str())];
    let again = alice.ask(&scene.url(WIKI, "/page"), &fields[..]).await.unwrap();
    assert_eq!(again.status, 200, "{}", again.body);
    let bytes = String::from_utf8(scene.origin.recorded().bytes.concat()).unwrap();
    assert!(bytes.contains("theme=dark"), "{bytes}");
    assert!(!bytes.contains("sekisho-assertion: mallory") && !bytes.contains("Sekisho-Assertion: mallory"), "{bytes}");
    assert!(!bytes.contains("__Host-sekisho"), "{bytes}");
    scene.received();
}

async fn the_wrong_user_is_told_why(scene: &Scene) {
    let mut mallory = scene.signed_in("mallory").await.unwrap();
    let answer = mallory.go(&scene.url(WIKI, "/page")).await.unwrap();
    refused(scene, &answer, 403);
    assert!(answer.body.contains("No policy permits this."), "{}", answer.body);
    let listed =
        scene.platform.command(&["decision", "list", "--subject", "mallory", "--outcome", "deny"]).await.unwrap();
    assert!(!listed.as_array().unwrap().is_empty(), "{listed}");
}

async fn who_lies_about_the_request_is_refused(scene: &Scene, alice: &mut Person) {
    let secret = scene.url(WIKI, "/secret/plan");
    let answer = alice.ask(&secret, &[]).await.unwrap();
    refused(scene, &answer, 403);
    assert!(answer.body.contains("The secret pages are closed."), "{}", answer.body);
    let url = scene.url(WIKI, "/page");
    let lies: [&[(&str, &str)]; 8] = [
        &[("x-forwarded-uri", "/page")],
        &[("x-original-url", &url)],
        &[("x-original-uri", "/page")],
        &[("x-rewrite-url", "/page")],
        &[("x-forwarded-method", "GET"), ("x-forwarded-host", WIKI), ("x-forwarded-proto", "https")],
        &[("x-original-method", "GET"), ("x-original-url", &url), ("x-real-ip", "192.0.2.1")],
        &[("x-envoy-original-path", "/page")],
        &[("forwarded", "host=wiki.localhost")],
    ];
    for lie in lies {
        let answer = alice.ask(&secret, lie).await.unwrap();
        assert!(answer.status >= 400, "{lie:?}: {}", answer.status);
        assert_eq!(scene.received(), 0, "{lie:?}");
    }
    for path in ["/page/../secret/plan", "/page/%2e%2e/secret/plan", "//secret/plan", "/%73ecret/plan"] {
        let answer = alice.ask(&scene.url(WIKI, path), &[]).await.unwrap();
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        assert_eq!(scene.received(), 0, "{path}");
    }
    // A proxy may join slashes before it asks: what it sends on was decided either way.
    let answer = alice.ask(&scene.url(WIKI, "/page//x"), &[]).await.unwrap();
    let lines: Vec<String> = scene.origin.recorded().strict.iter().map(|request| request.line.clone()).collect();
    assert!(
        lines == ["GET /page/x"] || lines == ["GET /page//x"] || (answer.status >= 400 && lines.is_empty()),
        "{} {lines:?}",
        answer.status
    );
    scene.received();
}

async fn what_is_not_assigned_is_refused(scene: &Scene, alice: &mut Person) {
    // Policy would let her: it is the proxy that may not ask.
    let answer = alice.ask(&scene.url(PAYROLL, "/"), &[]).await.unwrap();
    refused(scene, &answer, 403);
    assert!(answer.body.contains("may not ask for what is at this address"), "{}", answer.body);
    let lie = [("x-forwarded-host", WIKI), ("x-original-url", "https://wiki.localhost/")];
    let answer = alice.ask(&scene.url(PAYROLL, "/"), &lie).await.unwrap();
    assert!(answer.status >= 400, "{}", answer.status);
    assert_eq!(scene.received(), 0);
}

async fn a_disabled_enforcement_point_lets_nobody_pass(scene: &Scene, alice: &mut Person) {
    scene.platform.command(&["enforcement-point", "disable", "edge"]).await.unwrap();
    until(scene, alice, |status| status >= 400).await;
    scene.received();
    let answer = alice.ask(&scene.url(WIKI, "/page"), &[]).await.unwrap();
    assert!(answer.status >= 400 && scene.received() == 0, "{}", answer.status);
    scene.platform.command(&["enforcement-point", "enable", "edge"]).await.unwrap();
    until(scene, alice, |status| status == 200).await;
    scene.received();
}

async fn a_revoked_user_is_refused(scene: &Scene, alice: &mut Person) {
    scene.platform.command(&["user", "disable", "alice"]).await.unwrap();
    until(scene, alice, |status| status == 303).await;
    scene.received();
    let answer = alice.ask(&scene.url(WIKI, "/page"), &[]).await.unwrap();
    assert_eq!((answer.status, scene.received()), (303, 0));
}

async fn a_revoked_enforcement_point_lets_nobody_pass(scene: &Scene) {
    scene.platform.command(&["user", "enable", "alice"]).await.unwrap();
    let mut alice = scene.signed_in("alice").await.unwrap();
    assert_eq!(alice.go(&scene.url(WIKI, "/page")).await.unwrap().status, 200);
    scene.platform.command(&["enforcement-point", "revoke", "edge"]).await.unwrap();
    until(scene, &mut alice, |status| status >= 400).await;
    scene.received();
    let answer = alice.ask(&scene.url(WIKI, "/page"), &[]).await.unwrap();
    assert!(answer.status >= 400 && scene.received() == 0, "{}", answer.status);
    // Nobody has its word any more, with or without its old name.
    let nobody = Caller::nobody(&scene.platform).unwrap();
    let told = nobody.get("/verify", &[("cookie", &alice.cookie(WIKI))]).await.unwrap();
    assert_eq!(told.status, 401);
}

fn refused(scene: &Scene, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}: {}", answer.url, answer.body);
    assert_eq!(scene.received(), 0, "{}", answer.url);
}

/// Asks until the change has arrived: within a second, where nothing else runs.
async fn until(scene: &Scene, alice: &mut Person, holds: impl Fn(u16) -> bool) {
    let asking = async {
        loop {
            let answer = alice.ask(&scene.url(WIKI, "/page"), &[]).await.unwrap();
            if holds(answer.status) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asking).await.unwrap();
}
