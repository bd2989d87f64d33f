//! `Strict-Transport-Security` on application hosts: ours or none, as the resource says, and never the application's.

use std::time::{Duration, Instant};

use sekisho_model::documents::Kind;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::platform::{APP, Platform};

const FIELD: &str = "strict-transport-security";

/// An application that says something of its own.
async fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let answer = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=5; includeSubDomains\r\n\
                              Content-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_browser_that_came_once_comes_over_https_only() {
    let mut platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let ours = vec!["max-age=31536000"];
    // An answer of the application, a way to sign in, a refusal, a page of ours.
    for (path, lines, status) in [
        ("/", cookie.as_str(), 200),
        ("/", "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n", 303),
        ("/", "", 401),
        ("/admin/x", cookie.as_str(), 403),
        ("/.sekisho/jwks.json", "", 200),
    ] {
        let answer = platform.get(APP, path, lines).await;
        assert_eq!((answer.status, answer.values(FIELD)), (status, ours.clone()), "{path}");
    }
    let port = origin().await;
    // What the application says speaks for a host that is not its own.
    for (whose, expected) in [("sekisho", ours), ("none", vec![])] {
        let resource = json!({
            "id": "app", "name": { "en": "App" }, "host": APP, "sensitivity": 1,
            "upstream": format!("http://127.0.0.1:{port}"), "transport_security": whose,
        });
        platform.change(Kind::Resource, "app", Some(resource));
        // A worker takes up a World a moment after it is published.
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = platform.get(APP, "/", &cookie).await;
            if answer.values(FIELD) == expected && answer.status == 200 {
                break;
            }
            assert!(Instant::now() < patience, "{whose}: {:?}", answer.values(FIELD));
        }
    }
}
