//! The administration socket: the same acts, and every refusal as a problem document.

use axum::http::StatusCode;
use sekisho_control_plane::administration::{self, Administration};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};

use crate::installation::Installation;

struct Socket {
    here: Installation,
    _serving: Administration,
}

impl Socket {
    async fn open() -> Self {
        let here = Installation::new().await;
        let path = here.folder.path().join("admin.sock");
        let (operations, _) = mpsc::channel(1);
        let (_, certificates) = watch::channel(Vec::new());
        let serving = administration::serve(here.control_plane.clone(), operations, certificates, &path).unwrap();
        Self { here, _serving: serving }
    }

    /// One request on a connection of its own: status, media type, body.
    async fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> (StatusCode, String, Value) {
        let mut stream = UnixStream::connect(self.here.folder.path().join("admin.sock")).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sekisho\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
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
    let socket = Socket::open().await;
    let path = "/v1/users/alice/status";
    let (status, _, body) = socket.ask("POST", path, "application/json", r#"{"status": "disabled"}"#).await;
    assert_eq!((status, body), (StatusCode::OK, json!({ "user": "alice", "status": "disabled" })));
    let acts = socket.here.acts("user/alice").await;
    let codes: Vec<&str> = acts.iter().skip(1).map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["user-disabled", "sessions-ended"]);
    assert!(acts.iter().skip(1).all(|(actor, ..)| actor.starts_with("operator:uid-")), "{acts:?}");
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let socket = Socket::open().await;
    let cases = [
        ("GET", "/v1/nothing", "application/json", "", StatusCode::NOT_FOUND),
        ("GET", "/v1/users/alice/status", "application/json", "", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/v1/users/alice/status", "text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("POST", "/v1/users/alice/status", "application/json", "{", StatusCode::BAD_REQUEST),
        (
            "POST",
            "/v1/users/alice/status",
            "application/json",
            r#"{"status": "gone"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("POST", "/v1/users/nobody/status", "application/json", r#"{"status": "active"}"#, StatusCode::NOT_FOUND),
        ("POST", "/v1/users/nobody/enrolment-link", "application/json", "", StatusCode::NOT_FOUND),
        ("POST", "/v1/devices/nothing/revoke", "application/json", "", StatusCode::NOT_FOUND),
        ("GET", "/v1/users/%FF/status", "application/json", "", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/v1/documents/user/%FF", "application/json", "", StatusCode::BAD_REQUEST),
    ];
    for (method, path, kind, body, expected) in cases {
        let (status, media, problem) = socket.ask(method, path, kind, body).await;
        assert_eq!((status, media.as_str()), (expected, "application/problem+json"), "{method} {path} {body}");
        assert_eq!(problem["status"], expected.as_u16(), "{method} {path} {body}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{method} {path} {body}");
    }
}
