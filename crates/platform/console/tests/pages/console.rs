//! The console: what it shows and does, and that every route refuses people whom no policy permits.

use http::StatusCode;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Action, Actor, Outcome, Record, RequestId, SessionId, StreamEnd};
use sekisho_web::Access;
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::place::Place;

async fn ask(browser: &mut Browser<'_>, method: &str, path: &str, token: &str) -> Answer {
    let path = path.replace("{id}", "alice").replace("{request}", "request-1").replace("{kind}", "user");
    match method {
        "GET" => browser.get(&path).await,
        _ => browser.post(&path, token, &[]).await,
    }
}

fn guarded() -> Vec<sekisho_web::Route> {
    crate::place::routes().into_iter().filter(|route| !matches!(route.access, Access::Anyone)).collect()
}

fn of_console(route: &sekisho_web::Route) -> bool {
    matches!(route.access, Access::Console(_) | Access::Act(_) | Access::OfKind(_))
}

#[test]
fn every_route_states_who_may_use_it() {
    let routes = crate::place::routes();
    for route in &routes {
        let console = route.path.starts_with("/console");
        assert_eq!(of_console(route), console, "{}", route.path);
        match route.access {
            Access::Act(act) => assert_eq!(act.is_read(), route.method == "GET", "{}", route.path),
            Access::OfKind(acts) => {
                let is_read = acts.iter().any(|act| act(Kind::User).is_read());
                assert_eq!(is_read, route.method == "GET", "{}", route.path);
            }
            // The first page, the search and the list of the kinds of documents: they lead to what the person may read.
            Access::Console(action) => {
                assert!(
                    ["/console", "/console/overview/events", "/console/documents", "/console/find"]
                        .contains(&route.path)
                        && action == Action::Read,
                    "{}",
                    route.path
                );
            }
            Access::Anyone | Access::SignedIn => {}
        }
    }
    let open: Vec<&str> =
        routes.iter().filter(|one| matches!(one.access, Access::Anyone)).map(|one| one.path).collect();
    assert!(
        open.iter().all(|path| {
            ["/assets/", "/sign-in", "/enroll/", "/language"].iter().any(|start| path.starts_with(start))
        }),
        "{open:?}"
    );
}

#[tokio::test]
async fn nobody_enters_without_signing_in() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    let token = browser.get("/sign-in").await.token();
    for route in guarded() {
        let answer = ask(&mut browser, route.method, route.path, &token).await;
        match route.method {
            "GET" => assert!(answer.location().starts_with("/sign-in?after="), "{}", route.path),
            _ => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", route.path),
        }
    }
}

#[tokio::test]
async fn nobody_enters_the_console_whom_policy_does_not_permit() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    let token = browser.get("/").await.token();
    let mut asked = 0;
    for route in guarded().into_iter().filter(of_console) {
        let answer = ask(&mut browser, route.method, route.path, &token).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
        assert!(answer.text.contains("Access was denied"), "{}", route.path);
        asked += 1;
    }
    assert!(asked >= 14, "{asked}");
    let filter = Filter { kind: Some(EntryKind::Decision), outcome: Some(Outcome::Deny), ..Filter::default() };
    assert_eq!(place.site.ledger.recent(1000, filter).await.len(), asked, "each refusal is a recorded decision");
}

#[tokio::test]
async fn a_weak_sign_in_is_challenged_before_the_console() {
    let place = Place::new().await;
    place.give_password("admin").await;
    let mut browser = Browser::new(&place);
    browser.by_password("admin").await;
    let token = browser.get("/").await.token();
    for route in guarded().into_iter().filter(of_console) {
        let answer = ask(&mut browser, route.method, route.path, &token).await;
        match route.method {
            "GET" => assert!(answer.location().starts_with("/step-up?after=/console"), "{}", route.path),
            _ => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", route.path),
        }
    }
}

#[tokio::test]
async fn a_form_that_needs_a_stronger_sign_in_leads_back_to_its_page_and_to_no_other_site() {
    let place = Place::new().await;
    place.give_password("admin").await;
    let mut browser = Browser::new(&place);
    browser.by_password("admin").await;
    let token = browser.get("/").await.token();
    for (from, back) in [
        ("https://portal.localhost:8443/console/users/alice?x=1", "/console/users/alice%3Fdone%3Dconfirmed"),
        ("https://portal.localhost:8443/methods", "/console\""),
        ("https://portal.localhost:8443.evil.example/console/users", "/console\""),
        ("https://evil.example/console/users", "/console\""),
    ] {
        browser.referer = Some(from);
        let answer = browser.post("/console/users/alice/disable", &token, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text.contains(&format!("href=\"/step-up?after={back}")), "{from}: {}", answer.text);
    }
}

async fn administrator(place: &Place) -> Browser<'_> {
    let mut passkey = place.give_passkey("admin").await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

#[tokio::test]
async fn a_decision_is_found_by_its_request_and_explained() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut alice = Browser::new(&place);
    alice.by_passkey(&mut passkey).await;
    let refused = alice.get("/console/users").await;
    let id = refused.text.split_once("<code>request-").unwrap().1.split('<').next().unwrap().to_owned();
    let mut browser = administrator(&place).await;
    let found = browser.get(&format!("/console/decisions?q=request-{id}")).await;
    assert_eq!(found.location(), format!("/console/decisions/request-{id}"));
    let page = browser.get(found.location()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for expected in
        ["Denied", "alice", "sekisho-console", "No policy permits this.", "Revision of the facts", "Ledger entry"]
    {
        assert!(page.text.contains(expected), "{expected}");
    }
    let none = browser.get("/console/decisions?q=%3Cscript%3E").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(none.text.contains("&#60;script&#62;") && !none.text.contains("<script>"));
    assert_eq!(browser.get("/console/decisions/nothing").await.status, StatusCode::NOT_FOUND);
    // What was refused before there was a decision is found by its number too.
    let detail = json!({"kind": "malformed-request", "count": 2, "first": "R1", "last": "R5", "detail": "two hosts"});
    let (act, target) = ("requests-refused".to_owned(), "address/192.0.2.1".to_owned());
    let sum = Act { at: place.now(), actor: Actor::System, act, target, detail };
    place.site.ledger.append_all(vec![Record::Act(sum)]).await.unwrap();
    let refused = browser.get("/console/decisions?q=r3").await.text;
    assert!(
        refused.contains("refused before there was a decision (malformed-request: two hosts), from 192.0.2.1"),
        "{refused}"
    );
    assert!(!browser.get("/console/decisions?q=R6").await.text.contains("two hosts"));
    let denied = browser.get("/console/decisions?outcome=deny").await.text;
    assert!(denied.contains(&format!("request-{id}")));
    // A person's name finds the decisions about them, and the filters keep to that person.
    let found = browser.get("/console/decisions?q=alice").await;
    assert_eq!(found.location(), "/console/decisions?user=alice");
    let of_alice = browser.get(found.location()).await.text;
    assert!(of_alice.contains("/console/decisions?user=alice&#38;outcome=deny"), "{of_alice}");
    assert!(of_alice.contains("Decisions about <a href=\"/console/users/alice\">alice</a>"), "{of_alice}");
    let permitted = browser.get("/console/decisions?outcome=permit&user=alice").await.text;
    assert!(!permitted.contains(&format!("/console/decisions/request-{id}?")));
}

#[tokio::test]
async fn a_decision_tells_that_what_it_opened_was_cut() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    let request = browser.get("/console/decisions?own=show").await;
    let id = request.text.split_once("/console/decisions/request-").unwrap().1.split('?').next().unwrap().to_owned();
    let page = browser.get(&format!("/console/decisions/request-{id}")).await.text;
    assert!(!page.contains("was cut") && !page.contains("was closed"), "{page}");
    let end = StreamEnd {
        at: place.now(),
        request: RequestId::new(format!("request-{id}")),
        subject: "admin".to_owned(),
        session: SessionId::from_bytes([1; 16]),
        resource: "sekisho-console".to_owned(),
        reason: "device-not-compliant".to_owned(),
        world: 7,
        delay_ms: Some(88),
        carried: None,
    };
    place.site.ledger.append_all(vec![Record::StreamEnd(end)]).await.unwrap();
    let page = browser.get(&format!("/console/decisions/request-{id}")).await.text;
    for expected in ["What it had opened was cut", "The device does not comply.", "88 ms after"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

#[tokio::test]
async fn a_session_is_revoked() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let mut browser = administrator(&place).await;
    let page = browser.get("/console/sessions").await;
    let alices = page.text.split("<tr>").find(|row| row.contains("/console/users/alice")).unwrap();
    let id = alices.split_once("/console/sessions/").unwrap().1.split('/').next().unwrap().to_owned();
    let path = format!("/console/sessions/{id}/revoke");
    assert_eq!(browser.post(&path, &page.token(), &[]).await.location(), "/console/sessions?done=session-revoked");
    let mut world = place.site.world.clone();
    let gone = sekisho_model::SessionId::from_hex(&id).unwrap();
    world.wait_for(|world| world.session(&gone).is_none()).await.unwrap();
    assert_eq!(alice.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post(&path, &page.token(), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_is_disabled_and_enabled_but_not_ones_own() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let mut browser = administrator(&place).await;
    let token = browser.get("/console/users/alice").await.token();
    let done = browser.post("/console/users/alice/disable", &token, &[]).await;
    assert_eq!(done.location(), "/console/users/alice?done=user-disabled", "{}", done.text);
    let mut world = place.site.world.clone();
    world.wait_for(|world| world.sessions().count() == 1).await.unwrap();
    assert_eq!(alice.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(alice.by_password("alice").await.status, StatusCode::BAD_REQUEST);
    browser.post("/console/users/alice/enable", &token, &[]).await;
    assert_eq!(alice.by_password("alice").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post("/console/users/admin/disable", &token, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/console/users/nobody/disable", &token, &[]).await.status, StatusCode::NOT_FOUND);
    let filter = Filter { act: Some("user-disabled".to_owned()), ..Filter::default() };
    assert_eq!(place.site.ledger.recent(10, filter).await.len(), 1);
}

#[tokio::test]
async fn a_new_link_is_shown_once_and_works() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    let token = browser.get("/console/users/bob").await.token();
    let page = browser.post("/console/users/bob/link", &token, &[]).await;
    let path = page.text.split_once("https://portal.localhost:8443/enroll/").unwrap().1.split('<').next().unwrap();
    assert_eq!(Browser::new(&place).get(&format!("/enroll/{path}")).await.status, StatusCode::OK);
    assert_eq!(page.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn a_device_is_revoked() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    let page = browser.get("/console/devices/laptop").await;
    assert!(page.text.contains("firewall.enabled") && page.text.contains("The firewall is off."));
    assert!(page.text.contains("&#60;script&#62;alert(1)") && !page.text.contains("<script>alert"));
    let done = browser.post("/console/devices/laptop/revoke", &page.token(), &[]).await;
    assert_eq!(done.location(), "/console/devices/laptop?done=device-revoked");
    assert!(browser.get(done.location()).await.text.contains("Revoked"));
    let device = place.site.store.get(Kind::Device, "laptop").await.unwrap().unwrap();
    assert_eq!(device.body["status"], "revoked");
    let filter = Filter { act: Some("device-revoked".to_owned()), ..Filter::default() };
    let acts = place.site.ledger.recent(10, filter).await;
    assert!(matches!(&acts[0].1, Record::Act(act) if act.actor == sekisho_model::Actor::User("admin".to_owned())));
}

#[tokio::test]
async fn an_odd_place_in_a_list_is_harmless() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    for after in ["'%20or%201=1--", "%00", "zzzz", "{{7*7}}", "%F0%9F%92%A9"] {
        for list in ["users", "devices", "sessions", "groups", "resources", "grants", "certificates", "tokens"] {
            let page = browser.get(&format!("/console/{list}?after={after}")).await;
            assert!(page.status == StatusCode::OK || page.status.is_client_error(), "{list} {after} {}", page.status);
        }
    }
}

#[tokio::test]
async fn nobody_enters_a_console_that_is_not_configured() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    assert_eq!(browser.get("/console/users").await.status, StatusCode::OK);
    place.delete(Kind::Resource, "sekisho-console").await;
    assert_eq!(browser.get("/console/users").await.status, StatusCode::FORBIDDEN);
    assert!(!browser.get("/").await.text.contains("/console"));
}

#[tokio::test]
async fn i9_nobody_enters_where_the_decision_cannot_be_recorded() {
    let place = Place::new().await;
    let mut browser = administrator(&place).await;
    place.site.ledger.close().await;
    assert_eq!(browser.get("/console/users").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
