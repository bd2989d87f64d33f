//! What people learn of themselves, of what they may reach, and of how the platform stands.

use axum::http::StatusCode;
use sekisho_control_plane::Desired;
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use crate::place::{NOBODY, Place};

async fn me(place: &Place, who: &str) -> Value {
    place.ask(Some(who), "GET", "/me", &[], "").await.body
}

#[tokio::test]
async fn somebody_is_told_who_they_are_with_which_roles_and_in_which_time_zone() {
    let place = Place::new().await;
    let auditor = me(&place, "auditors").await;
    assert_eq!((&auditor["user"], &auditor["roles"]), (&json!("auditors"), &json!(["auditors"])), "{auditor}");
    assert_eq!((&auditor["assurance"], &auditor["utc_offset_minutes"]), (&json!(3), &json!(540)), "{auditor}");
    assert!(auditor["expires_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{auditor}");
    let nobody = me(&place, NOBODY).await;
    assert_eq!((&nobody["roles"], &nobody["acts"]), (&json!([]), &json!([])), "{nobody}");
    // A role that comes through another group counts too.
    let nested = [
        document(Kind::Group, json!({ "id": "night", "name": "Night", "groups": ["helpdesk"] })),
        document(Kind::User, json!({ "id": "alice", "name": "Alice", "groups": ["night"] })),
    ];
    apply(&place, &nested).await;
    assert_eq!(me(&place, "alice").await["roles"], json!(["helpdesk"]));
}

#[tokio::test]
async fn a_group_lists_its_members_also_those_through_another_group() {
    let place = Place::new().await;
    let nested = [
        document(Kind::Group, json!({ "id": "night", "name": "Night", "groups": ["helpdesk"] })),
        document(Kind::User, json!({ "id": "alice", "name": "Alice", "groups": ["night"] })),
    ];
    apply(&place, &nested).await;
    let members = async |group: &str| {
        let answer = place.administer("GET", &format!("/users?group={group}"), &[], &Value::Null).await;
        let ids =
            answer.body["items"].as_array().into_iter().flatten().map(|user| user["id"].as_str().unwrap().to_owned());
        (answer.status, ids.collect::<Vec<_>>())
    };
    assert_eq!(members("helpdesk").await, (StatusCode::OK, vec!["alice".to_owned(), "helpdesk".to_owned()]));
    assert_eq!(members("night").await, (StatusCode::OK, vec!["alice".to_owned()]));
    assert_eq!(members("nobody-here").await.0, StatusCode::NOT_FOUND);
    let refused = place.ask(Some(NOBODY), "GET", "/users?group=night", &[], "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn people_are_told_what_they_may_reach_and_what_is_missing_and_no_more() {
    let place = Place::new().await;
    let resource = |id: &str, more: Value| {
        let mut body = json!({ "id": id, "name": { "en": id, "ja": id }, "sensitivity": 1 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document(Kind::Resource, body)
    };
    let web = |id: &str| resource(id, json!({ "host": format!("{id}.example.jp"), "upstream": "http://127.0.0.1:9" }));
    let text = "permit (principal == Sekisho::User::\"alice\", action, resource == Sekisho::Resource::\"open\");\n\
        permit (principal, action, resource == Sekisho::Resource::\"database\");\n\
        permit (principal, action, resource == Sekisho::Resource::\"granted\") when { context has grant };\n";
    let (id, origin) = ("reach".to_owned(), "-".to_owned());
    let policy = Desired { kind: Kind::Policy, id, body: json!({ "text": text }), origin };
    let database = resource("database", json!({ "kind": "tcp", "addresses": ["127.0.0.1:9"] }));
    apply(&place, &[web("open"), web("granted"), web("hidden"), database, policy]).await;
    let reached = async |who: &str| {
        let answer = place.ask(Some(who), "GET", "/me/resources", &[], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let one = |one: &Value| {
            format!("{} {} {}", one["id"].as_str().unwrap(), one["outcome"].as_str().unwrap(), one["requestable"])
        };
        (answer.body["items"].as_array().unwrap().iter().map(one).collect::<Vec<_>>(), answer.body)
    };
    let (alice, body) = reached("alice").await;
    assert_eq!(alice, ["database permit false", "open permit false", "granted deny true"], "{body}");
    assert_eq!(
        (&body["items"][1]["url"], &body["items"][0]["url"]),
        (&json!("https://open.example.jp/"), &Value::Null)
    );
    assert!(body["items"][2]["remedies"].as_array().is_some_and(|remedies| !remedies.is_empty()), "{body}");
    // What nothing would open for them is not named, and neither are the parts of the platform.
    assert_eq!(reached(NOBODY).await.0, ["database permit false", "granted deny true"]);
    assert_eq!(place.ask(None, "GET", "/me/resources", &[], "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_reaches_no_application() {
    let place = Place::new().await;
    let end = sekisho_control_plane::now().as_millis() + 3_600_000;
    let wanted = json!({ "id": "t", "roles": ["administrators"], "expires_at": end });
    let made = place.administer("POST", "/tokens", &[], &wanted).await;
    let bearer = format!("Bearer {}", made.body["token"].as_str().unwrap());
    let answer = place.ask(None, "GET", "/me/resources", &[("authorization", &bearer)], "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body["title"].as_str().unwrap().contains("sekisho login"), "{}", answer.body);
    let me = place.ask(None, "GET", "/me", &[("authorization", &bearer)], "").await.body;
    assert_eq!((&me["roles"], &me["assurance"]), (&json!(["administrators"]), &json!(3)), "{me}");
}

#[tokio::test]
async fn the_status_is_for_those_who_may_read_the_settings() {
    let place = Place::new().await;
    let status = place.administer("GET", "/status", &[], &Value::Null).await;
    assert_eq!(status.status, StatusCode::OK, "{}", status.body);
    assert_eq!((&status.body["ready"], &status.body["impaired"]["disk"]), (&json!(true), &json!("7 MiB are free")));
    assert!(status.body["world"].as_u64() > Some(0) && status.body["ledger"].as_u64() > Some(0), "{}", status.body);
    for who in [NOBODY, "device-managers"] {
        assert_eq!(place.ask(Some(who), "GET", "/status", &[], "").await.status, StatusCode::FORBIDDEN, "{who}");
    }
}

fn document(kind: Kind, body: Value) -> Desired {
    Desired { kind, id: body["id"].as_str().unwrap().to_owned(), body, origin: "-".to_owned() }
}

async fn apply(place: &Place, desired: &[Desired]) {
    let control_plane = &place.here.control_plane;
    let plan = control_plane.plan(desired, false).await.unwrap();
    control_plane.execute(&plan, Actor::System).await.unwrap();
    let revision = control_plane.store.revision().await.unwrap();
    let mut position = control_plane.publication.position.clone();
    position.wait_for(|position| *position >= revision).await.unwrap();
}
