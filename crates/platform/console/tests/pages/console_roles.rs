//! The console as each shipped role sees it: what works is shown, what does not work is not.

use http::StatusCode;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::Kind;
use sekisho_model::{Outcome, Record};
use serde_json::json;

use crate::browser::Browser;
use crate::place::{Place, put_roles};

async fn signed_in<'p>(place: &'p Place, role: &str) -> Browser<'p> {
    let mut passkey = place.give_passkey(role).await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

#[tokio::test]
async fn the_helpdesk_does_what_it_sees_and_sees_what_it_may_do() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.give_password("alice").await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    assert!(helpdesk.get("/").await.text.contains("\"/console\""));
    let page = helpdesk.get("/console/users/alice").await;
    for shown in ["/console/users/alice/disable", "/console/users/alice/link"] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let done = helpdesk.post("/console/users/alice/disable", &page.token(), &[]).await;
    assert_eq!(done.location(), "/console/users/alice?done=user-disabled", "{}", done.text);
    // What it may not do is not shown, and refused when it is asked for all the same.
    let device = helpdesk.get("/console/devices/laptop").await;
    assert_eq!(device.status, StatusCode::OK);
    assert!(!device.text.contains("/console/devices/laptop/revoke"));
    let refused = helpdesk.post("/console/devices/laptop/revoke", &page.token(), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_helpdesk_makes_nobody_an_administrator() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    let page = helpdesk.get("/console/users/admin").await;
    assert_eq!(page.status, StatusCode::OK);
    let token = helpdesk.get("/console/users/alice").await.token();
    for act in ["disable", "link", "enable"] {
        let path = format!("/console/users/admin/{act}");
        assert!(!page.text.contains(&path), "{path}");
        assert_eq!(helpdesk.post(&path, &token, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Not even under another spelling of the same name.
    let odd = helpdesk.post("/console/users/%61dmin/link", &token, &[]).await;
    assert_eq!(odd.status, StatusCode::FORBIDDEN);
}

/// The way to end the first session of a person on the page of sessions, if the page shows one.
fn way_to_end(page: &str, user: &str) -> Option<String> {
    let row = page.split("<tr>").find(|row| row.contains(&format!("/console/users/{user}\"")))?;
    let (_, id) = row.split_once("action=\"/console/sessions/")?;
    Some(format!("/console/sessions/{}/revoke", id.split('/').next()?))
}

#[tokio::test]
async fn the_helpdesk_ends_sessions_of_people_and_not_of_administrators() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.give_password("alice").await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let mut admin = signed_in(&place, "admin").await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    let page = helpdesk.get("/console/sessions").await;
    assert!(way_to_end(&page.text, "admin").is_none(), "what does not work is not shown");
    let of_alice = way_to_end(&page.text, "alice").unwrap();
    let shown = admin.get("/console/sessions").await;
    let of_admin = way_to_end(&shown.text, "admin").unwrap();
    let refused = helpdesk.post(&of_admin, &page.token(), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.get("/console/sessions").await.status, StatusCode::OK, "the session goes on");
    let nobodys = format!("/console/sessions/{}/revoke", "0".repeat(32));
    for unknown in [nobodys.as_str(), "/console/sessions/zz/revoke"] {
        assert_eq!(helpdesk.post(unknown, &page.token(), &[]).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let done = helpdesk.post(&of_alice, &page.token(), &[]).await;
    assert_eq!(done.location(), "/console/sessions?done=session-revoked", "{}", done.text);
    // Somebody who may administer the sessions ends that of an administrator.
    let mut other = signed_in(&place, "administrators").await;
    let page = other.get("/console/sessions").await;
    let done = other.post(&of_admin, &page.token(), &[]).await;
    assert_eq!(done.location(), "/console/sessions?done=session-revoked", "{}", done.text);
}

#[tokio::test]
async fn the_last_administrator_is_not_disabled() {
    let place = Place::new().await;
    put_roles(&place).await;
    let administers = r#"@id("helpdesk-administers")
permit (principal in Sekisho::Group::"helpdesk", action, resource == Sekisho::Resource::"platform-users");"#;
    place.put(Kind::Policy, "more", json!({"text": administers})).await;
    let mut helpdesk = signed_in(&place, "helpdesk").await;
    let token = helpdesk.get("/console/users/admin").await.token();
    let done = helpdesk.post("/console/users/administrators/disable", &token, &[]).await;
    assert_eq!(done.location(), "/console/users/administrators?done=user-disabled", "{}", done.text);
    for (language, text) in [("en", "This is the last active administrator"), ("ja", "最後の有効な管理者です")]
    {
        helpdesk.language = language;
        let refused = helpdesk.post("/console/users/admin/disable", &token, &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains(text), "{}", refused.text);
    }
    let admin = place.site.store.get(Kind::User, "admin").await.unwrap().unwrap();
    assert_ne!(admin.body["status"], "disabled");
}

#[tokio::test]
async fn a_role_enters_the_console_by_the_page_that_it_may_see() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut manager = signed_in(&place, "device-managers").await;
    let first = manager.get("/console").await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.text.contains("<a href=\"/console/devices?state=compliant\""), "{}", first.text);
    let page = manager.get("/console/devices/laptop").await;
    // The navigation leads to what opens, and to nothing else.
    for (place, is_shown) in [("devices", true), ("users", true), ("decisions", false), ("tasks", false)] {
        assert_eq!(page.text.contains(&format!("<a href=\"/console/{place}\"")), is_shown, "{place}");
    }
    assert!(page.text.contains("/console/devices/laptop/revoke"));
    for refused in ["/console/decisions", "/console/sessions", "/console/policies", "/console/tasks"] {
        assert_eq!(manager.get(refused).await.status, StatusCode::FORBIDDEN, "{refused}");
    }
    let done = manager.post("/console/devices/laptop/revoke", &page.token(), &[]).await;
    assert_eq!(done.location(), "/console/devices/laptop?done=device-revoked");
    let filter = Filter { kind: Some(EntryKind::Decision), outcome: Some(Outcome::Permit), ..Filter::default() };
    let permits = place.site.ledger.recent(10, filter).await;
    let of_devices = |record: &Record| matches!(record, Record::Decision(one) if one.resource.as_deref() == Some("platform-devices"));
    assert!(permits.iter().any(|(_, record)| of_devices(record)), "{permits:?}");
}

#[tokio::test]
async fn an_auditor_changes_nothing() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut auditor = signed_in(&place, "auditors").await;
    for (page, form) in [
        ("/console/users/alice", "/console/users/alice/disable"),
        ("/console/devices/laptop", "/console/devices/laptop/revoke"),
        ("/console/sessions", "/revoke"),
    ] {
        let page = auditor.get(page).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains(form), "{form}");
    }
}

#[tokio::test]
async fn an_auditor_sees_how_the_tasks_stand() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut auditor = signed_in(&place, "auditors").await;
    for (language, expected) in [
        ("en", ["Ends sessions", "Works", "Failed", "Runs in another process", "Next run"]),
        ("ja", ["セッションの終了", "正常", "失敗", "別のプロセスで実行中", "次の実行"]),
    ] {
        auditor.language = language;
        let page = auditor.get("/console/tasks").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for text in expected.into_iter().chain(["sessions-end", "2026-09-21T14:13:10"]) {
            assert!(page.text.contains(text), "{text}: {}", page.text);
        }
        assert!(!page.text.contains("<b>does not"), "a reason is text");
    }
}
