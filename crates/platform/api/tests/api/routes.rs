//! Who may use which route, as a table that a review can read: `policies/routes.md`. Every route is in it, because it is made from the
//! routes themselves.

use std::fmt::Write as _;

use axum::http::StatusCode;
use sekisho_capability::ROLE_GROUPS;
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Route};
use serde_json::json;

use crate::place::{NOBODY, Place};

const TABLE: &str = include_str!("../../../../../policies/routes.md");

/// A route with its parameters filled in, and the body that it is asked with.
struct Row {
    method: &'static str,
    path: String,
    access: Access,
    body: String,
}

/// Every route, for every kind of document where it has one. Nothing is there under these names, so that nothing happens.
fn rows(routes: &[Route]) -> Vec<Row> {
    let mut rows = Vec::new();
    for route in routes {
        let path = route.path.replace("{user}", "nobody-here").replace("{session}", "ffffffff");
        let path = path.replace("{device}", "nothing-here").replace("{point}", "nothing-here");
        let path = path.replace("{id}", "nothing-here").replace("{request}", "r-0").replace("{token}", "nothing-here");
        let row = |path: String, body: String| Row { method: route.method, path, access: route.access, body };
        match route.access {
            Access::OfKind(_) => {
                let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_shown());
                rows.extend(kinds.map(|kind| row(path.replace("{kind}", kind.name()), "[]".to_owned())));
            }
            Access::OfBody(_) => {
                for (kind, plan_only, prune) in kinds_of_bodies() {
                    let documents = json!([{ "kind": kind, "id": "nothing-here", "body": [], "origin": "-" }]);
                    let body = json!({ "documents": documents, "plan_only": plan_only, "prune": prune });
                    rows.push(row(path.clone(), body.to_string()));
                }
            }
            _ => rows.push(row(path, if route.method == "POST" { "[]".to_owned() } else { String::new() })),
        }
    }
    rows
}

fn kinds_of_bodies() -> impl Iterator<Item = (Kind, bool, bool)> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_administered());
    kinds.flat_map(|kind| [(kind, true, false), (kind, false, false), (kind, false, true)])
}

impl Row {
    /// What the table calls it.
    fn name(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let what = body.get("documents").and_then(|documents| documents[0]["kind"].as_str()).unwrap_or_default();
        let how = match (body["plan_only"].as_bool(), body["prune"].as_bool()) {
            (Some(true), _) => format!(" (plan `{what}`)"),
            (_, Some(true)) => format!(" (`{what}`, prune)"),
            (Some(false), _) => format!(" (`{what}`)"),
            _ => String::new(),
        };
        format!("{} {}{how}", self.method, self.path)
    }
}

async fn status(place: &Place, who: Option<&str>, row: &Row) -> StatusCode {
    place.ask(who, row.method, &row.path, &[], &row.body).await.status
}

fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

#[tokio::test]
async fn the_routes_are_as_the_table_says() {
    let place = Place::new().await;
    let mut text = String::from("# Who may use which route of the API\n\n");
    text.push_str("Kept by `crates/platform/api/tests/api/routes.rs`, for somebody who signed in with a passkey: ✔ passes the policies, ✘ does not.\n\n");
    writeln!(text, "| route | {} | no group |\n|---|{}", ROLE_GROUPS.join(" | "), "---|".repeat(ROLE_GROUPS.len() + 1))
        .unwrap();
    for row in rows(sekisho_api::routes().table()) {
        let mut cells = Vec::new();
        for who in ROLE_GROUPS.iter().chain([&NOBODY]) {
            let status = status(&place, Some(who), &row).await;
            assert!(!status.is_server_error(), "{}: {status}", row.name());
            cells.push(if is_refusal(status) { "✘" } else { "✔" });
        }
        writeln!(text, "| {} | {} |", row.name(), cells.join(" | ")).unwrap();
    }
    if text != TABLE {
        let written = std::env::temp_dir().join("routes.md");
        std::fs::write(&written, &text).unwrap();
        panic!("policies/routes.md is not what the routes do; what they do is in {}", written.display());
    }
}

#[tokio::test]
async fn i26_every_route_refuses_a_caller_without_a_credential_and_one_without_a_role() {
    let place = Place::new().await;
    for row in rows(sekisho_api::routes().table()) {
        let (anonymous, nobody) = (status(&place, None, &row).await, status(&place, Some(NOBODY), &row).await);
        match row.access {
            Access::Anyone => assert!(anonymous.is_success(), "{}", row.name()),
            // About themselves.
            Access::SignedIn => assert!(anonymous == StatusCode::UNAUTHORIZED, "{}", row.name()),
            Access::Operator | Access::Act(_) | Access::OfKind(_) | Access::OfBody(_) => {
                assert_eq!((anonymous, nobody), (StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN), "{}", row.name());
            }
        }
    }
}

#[tokio::test]
async fn i26_nothing_but_a_live_credential_in_one_field_names_a_caller() {
    let place = Place::new().await;
    let good = crate::place::credential("administrators");
    let ask = async |fields: &[(&str, &str)]| place.ask(None, "GET", "/me", fields, "").await.status;
    assert_eq!(ask(&[("authorization", &format!("Bearer {good}"))]).await, StatusCode::OK);
    assert_eq!(ask(&[("authorization", &format!("bearer {good}"))]).await, StatusCode::OK);
    let (basic, bare, longer) = (format!("Basic {good}"), good.clone(), format!("Bearer {good}x"));
    let twice = format!("Bearer {good}");
    for fields in [
        vec![],
        vec![("authorization", basic.as_str())],
        vec![("authorization", bare.as_str())],
        vec![("authorization", longer.as_str())],
        vec![("authorization", "Bearer ")],
        vec![("authorization", twice.as_str()), ("authorization", twice.as_str())],
        vec![("cookie", "__Host-sekisho=x")],
        vec![("x-sekisho-user", "administrators")],
    ] {
        assert_eq!(ask(&fields).await, StatusCode::UNAUTHORIZED, "{fields:?}");
    }
}

#[tokio::test]
async fn i9_what_is_permitted_and_what_is_denied_is_recorded() {
    let place = Place::new().await;
    let decisions = async |outcome: &str| {
        let answer = place
            .ask(Some("auditors"), "GET", &format!("/decisions?outcome={outcome}&subject=helpdesk"), &[], "")
            .await;
        answer.body["items"].as_array().unwrap().len()
    };
    assert_eq!((decisions("permit").await, decisions("deny").await), (0, 0));
    assert_eq!(place.ask(Some("helpdesk"), "GET", "/users", &[], "").await.status, StatusCode::OK);
    assert_eq!(place.ask(Some("helpdesk"), "GET", "/ledger", &[], "").await.status, StatusCode::FORBIDDEN);
    assert_eq!((decisions("permit").await, decisions("deny").await), (1, 1));
}

#[tokio::test]
async fn the_helpdesk_ends_sessions_of_people_and_not_of_administrators() {
    let place = Place::new().await;
    let end =
        async |who: &str| place.ask(Some("helpdesk"), "POST", &format!("/users/{who}/sessions/end"), &[], "").await;
    assert_eq!(end("alice").await.status, StatusCode::OK);
    assert_eq!(end("administrators").await.status, StatusCode::FORBIDDEN);
    // The identifier of the administrators' session begins with the letters "admi".
    let by_id = place.ask(Some("helpdesk"), "POST", "/sessions/61646d69/end", &[], "").await;
    assert_eq!(by_id.status, StatusCode::FORBIDDEN);
    // Nor by the beginning as lists show it, nor by what names nobody's session or several.
    let marked = place.ask(Some("helpdesk"), "POST", "/sessions/61646d69%E2%80%A6/end", &[], "").await;
    assert_eq!(marked.status, StatusCode::FORBIDDEN);
    for (beginning, status) in [("ffffff", StatusCode::NOT_FOUND), ("6", StatusCode::CONFLICT)] {
        let refused = place.ask(Some("helpdesk"), "POST", &format!("/sessions/{beginning}/end"), &[], "").await;
        assert_eq!(refused.status, status, "{beginning}");
    }
    assert_eq!(
        place.administer("POST", "/sessions/61646d69/end", &[], &serde_json::Value::Null).await.status,
        StatusCode::OK
    );
}
