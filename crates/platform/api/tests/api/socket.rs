//! The local socket: the same acts, and every refusal as a problem document.

use axum::http::StatusCode;
use sekisho_api::socket::{self, Socket};
use sekisho_testbed::Installation;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::place::router;

struct Operator {
    here: Installation,
    _serving: Socket,
}

impl Operator {
    async fn new() -> Self {
        let here = Installation::new().await;
        let serving = socket::serve(router(&here), &here.folder.path().join("admin.sock")).unwrap();
        Self { here, _serving: serving }
    }

    /// One request on a connection of its own: status, media type, body.
    async fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> (StatusCode, String, Value) {
        let mut stream = UnixStream::connect(self.here.folder.path().join("admin.sock")).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: sekisho\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        (status, media.to_owned(), serde_json::from_str(body).unwrap_or_default())
    }
}

#[tokio::test]
async fn an_account_is_disabled_by_the_operator_like_by_everybody() {
    let operator = Operator::new().await;
    let (status, _, body) = operator.ask("POST", "/users/alice/disable", "application/json", "").await;
    assert_eq!((status, body), (StatusCode::OK, json!({ "user": "alice", "status": "disabled" })));
    let acts = operator.here.acts("user/alice").await;
    let codes: Vec<&str> = acts.iter().skip(1).map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["user-disabled", "sessions-ended"]);
    assert!(acts.iter().skip(1).all(|(actor, ..)| actor.starts_with("operator:uid-")), "{acts:?}");
}

#[tokio::test]
async fn the_operator_does_not_disable_the_last_administrator() {
    let operator = Operator::new().await;
    operator.here.control_plane.bootstrap().await.unwrap();
    for name in ["alice", "bob"] {
        let mut member = sekisho_testbed::user(name, "active");
        member.body["groups"] = json!(["administrators"]);
        operator.here.apply(member, sekisho_model::Actor::System).await;
    }
    let first = operator.ask("POST", "/users/alice/disable", "application/json", "").await;
    assert_eq!(first.0, StatusCode::OK);
    let (status, media, body) = operator.ask("POST", "/users/bob/disable", "application/json", "").await;
    assert_eq!((status, media.as_str()), (StatusCode::CONFLICT, "application/problem+json"));
    assert_eq!(body["code"], "last-administrator", "{body}");
    let (status, _, body) = operator.ask("DELETE", "/documents/resource/platform-users", "application/json", "").await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("protected")), "{body}");
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let operator = Operator::new().await;
    let json = "application/json";
    let cases = [
        ("GET", "/nothing", json, "", StatusCode::NOT_FOUND),
        ("GET", "/users/alice/disable", json, "", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/apply", "text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("POST", "/apply", json, "{", StatusCode::BAD_REQUEST),
        ("POST", "/apply", json, "{} {}", StatusCode::UNPROCESSABLE_ENTITY),
        ("POST", "/devices/tokens", json, r#"{"id": 7}"#, StatusCode::UNPROCESSABLE_ENTITY),
        ("POST", "/users/nobody/enable", json, "", StatusCode::NOT_FOUND),
        ("POST", "/users/nobody/enrolment-link", json, "", StatusCode::NOT_FOUND),
        ("POST", "/devices/nothing/revoke", json, "", StatusCode::NOT_FOUND),
        ("GET", "/users/%FF", json, "", StatusCode::BAD_REQUEST),
        ("GET", "/documents/user/%FF", json, "", StatusCode::BAD_REQUEST),
        ("POST", "/operations/reload", json, "", StatusCode::CONFLICT),
        ("POST", "/ledger/accept-rollback", json, "", StatusCode::CONFLICT),
    ];
    for (method, path, kind, body, expected) in cases {
        let (status, media, problem) = operator.ask(method, path, kind, body).await;
        assert_eq!((status, media.as_str()), (expected, "application/problem+json"), "{method} {path} {body}");
        assert_eq!(problem["status"], expected.as_u16(), "{method} {path} {body}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{method} {path} {body}");
    }
}

#[tokio::test]
async fn only_the_operator_restores_the_console() {
    let operator = Operator::new().await;
    let (status, _, body) = operator.ask("POST", "/restore-console", "application/json", "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body["restored"].as_array().is_some_and(|all| !all.is_empty()), "{body}");
    let place = crate::place::Place::new().await;
    let refused = place.administer("POST", "/restore-console", &[], &Value::Null).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_the_operator_accepts_a_clock_or_a_rollback() {
    let operator = Operator::new().await;
    let (status, _, body) = operator.ask("POST", "/clock/accept", "application/json", "").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let place = crate::place::Place::new().await;
    for path in ["/clock/accept", "/ledger/accept-rollback"] {
        let refused = place.administer("POST", path, &[], &Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}
