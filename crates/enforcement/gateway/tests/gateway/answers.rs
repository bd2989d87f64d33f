//! Answers of applications: what two readers could take differently is refused with its reason and never followed by another.

use sekisho_attacks::Response;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::calls::app_with;
use crate::platform::{APP, Platform};
use crate::recording::events_of;
use crate::scripted::ScriptedOrigin;

async fn with_origin() -> (Platform, ScriptedOrigin) {
    let origin = ScriptedOrigin::start().await;
    let mut platform = Platform::start().await;
    platform.change(Kind::Resource, "app", Some(app_with(&json!({ "addresses": [origin.address] }))));
    (platform, origin)
}

async fn ask(platform: &Platform, method: &str, path: &str) -> Response {
    let cookie = platform.app_cookie("app");
    platform.ask(APP, &format!("{method} {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n")).await
}

#[tokio::test]
async fn i6_an_ambiguous_answer_is_refused_with_its_reason_and_its_connection_is_not_used_again() {
    let (platform, origin) = with_origin().await;
    let with = |lines: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n{body}");
    for (number, (answer, code)) in [
        (with("Content-Length: 2\r\nContent-Length: 2\r\n", "ok"), "answer-content-length"),
        (with("Content-Length: 2, 2\r\n", "ok"), "answer-content-length"),
        (with("Content-Length: 02\r\n", "ok"), "answer-content-length"),
        (with("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "answer-two-lengths"),
        (with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "answer-transfer-encoding"),
        (with("Transfer-Encoding: gzip\r\n", "ok"), "answer-transfer-encoding"),
        (with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "answer-transfer-encoding"),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), "answer-transfer-encoding"),
        (with("X: a\r\n b\r\nContent-Length: 2\r\n", "ok"), "answer-folded-line"),
        (with("X : a\r\nContent-Length: 2\r\n", "ok"), "answer-field-line"),
        (with("X: a\0b\r\nContent-Length: 2\r\n", "ok"), "answer-field-value"),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok".to_owned(), "answer-line-end"),
        (with("X: a\nContent-Length: 2\r\n", "ok"), "answer-line-end"),
        ("HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(), "answer-status-line"),
        ("\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(), "answer-status-line"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_owned(), "answer-switching-unasked"),
        (with("Transfer-Encoding: chunked\r\n", "zz\r\nok\r\n0\r\n\r\n"), "answer-chunk"),
        (with("Transfer-Encoding: chunked\r\n", "2;a=b\r\nok\r\n0\r\n\r\n"), "answer-chunk"),
        (format!("HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nok{}", with("", "ok")), "answer-interim-body"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/broken/{number}");
        origin.answer(&path, &answer);
        let response = ask(&platform, "GET", &path).await;
        assert_eq!(response.status, 502, "{answer:?}");
        assert!(response.text().contains(code), "{answer:?}: {}", response.text());
        assert_eq!(ask(&platform, "GET", "/sound").await.body, b"ok");
        let (broken, sound) = (origin.connections(&path), origin.connections("/sound"));
        assert_eq!(broken.len(), 1, "it is not asked again: {answer:?}");
        assert_ne!(broken.last(), sound.last(), "{answer:?}");
    }
    // The record says the rule too.
    let recorded = events_of(&platform, "/broken/0", 1).await;
    assert!(recorded[0].contains("\"status\":502,\"reason\":\"answer-content-length\"}"), "{recorded:?}");
    assert!(!events_of(&platform, "/sound", 1).await[0].contains("reason"));
}

#[tokio::test]
async fn i6_what_stands_behind_an_answer_is_nobodys() {
    let (platform, origin) = with_origin().await;
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstolen";
    for (number, (method, answer, body)) in [
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "ok"),
        ("GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", ""),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n", ""),
        ("GET", "HTTP/1.1 204 No Content\r\ncontent-length: 45\r\n\r\n", ""),
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 45\r\n\r\n", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/behind/{number}");
        origin.answer(&path, format!("{answer}{smuggled}"));
        let response = ask(&platform, method, &path).await;
        assert_eq!(response.body, body.as_bytes(), "{answer:?}");
        assert_eq!(ask(&platform, "GET", "/sound").await.body, b"ok", "{answer:?}");
        assert_ne!(origin.connections(&path).last(), origin.connections("/sound").last(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_sound_answer_leaves_its_connection_to_the_next() {
    let (platform, origin) = with_origin().await;
    for (number, (method, answer)) in [
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        ("GET", "HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 45\r\n\r\n"),
        ("GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        ("GET", "HTTP/1.1 200 \x7f OK\r\ncontent-length: 2\r\n\r\nok"),
    ]
    .into_iter()
    .take(7)
    .enumerate()
    {
        let path = format!("/sound/{number}");
        origin.answer(&path, answer);
        let status = ask(&platform, method, &path).await.status;
        assert!((200..400).contains(&status), "{answer:?}: {status}");
        ask(&platform, "GET", "/next").await;
        assert_eq!(origin.connections(&path).last(), origin.connections("/next").last(), "{answer:?}");
    }
    for ending in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ] {
        origin.answer("/ending", ending);
        assert_eq!(ask(&platform, "GET", "/ending").await.body, b"ok");
        ask(&platform, "GET", "/next").await;
        assert_ne!(origin.connections("/ending").last(), origin.connections("/next").last(), "{ending:?}");
    }
}

#[tokio::test]
async fn a_body_may_end_with_its_connection_and_one_that_ends_too_early_is_not_passed_off_as_whole() {
    let (platform, origin) = with_origin().await;
    origin.answer_and_end("/close", "HTTP/1.1 200 OK\r\n\r\nall of it");
    assert_eq!(ask(&platform, "GET", "/close").await.body, b"all of it");
    origin.answer_and_end("/head", "HTTP/1.1 200 OK\r\nContent-");
    let response = ask(&platform, "GET", "/head").await;
    assert!(response.status == 502 && response.text().contains("answer-ended-early"), "{}", response.text());
    let cookie = platform.app_cookie("app");
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
    ] {
        origin.answer_and_end("/half", answer);
        let mut client = platform.client(APP).await;
        let request = format!("GET /half HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n");
        client.send(request.as_bytes()).await.unwrap();
        let whole = client.response("GET").await;
        assert!(!matches!(whole, Ok(Some(_))), "{answer:?}: {whole:?}");
    }
}

#[tokio::test]
async fn names_and_values_of_an_answer_pass_byte_for_byte() {
    let (platform, origin) = with_origin().await;
    origin.answer("/names", "HTTP/1.1 299 So\r\nX_Y.z: a\tb\r\nX-Name: \u{7530}\r\ncontent-length: 2\r\n\r\nok");
    let response = ask(&platform, "GET", "/names").await;
    assert_eq!((response.status, response.field("x_y.z")), (299, Some("a\tb")));
    assert_eq!(response.field("x-name"), Some("\u{7530}"));
}

#[tokio::test]
async fn redirects_and_cookies_lead_to_where_browsers_are() {
    let (mut platform, origin) = with_origin().await;
    let upstream =
        json!({ "addresses": [origin.address], "strip_prefix": "/api", "add_prefix": "/v1", "host": "upstream" });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    let (own, other) = (origin.address, "https://sso.example.com/login?to=/v1/x");
    for (location, seen) in [
        ("/v1/login".to_owned(), "/api/login".to_owned()),
        (format!("http://{own}/v1/login?a"), format!("https://{APP}/api/login?a")),
        (other.to_owned(), other.to_owned()),
        ("next".to_owned(), "next".to_owned()),
    ] {
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nSet-Cookie: a=b; Path=/v1/x; HttpOnly\r\nSet-Cookie: c=d\r\ncontent-length: 0\r\n\r\n"
        );
        origin.answer("/v1/start", answer);
        let response = ask(&platform, "GET", "/api/start").await;
        assert_eq!((response.status, response.field("location")), (302, Some(seen.as_str())));
        assert_eq!(response.values("set-cookie"), ["a=b; Path=/api/x; HttpOnly", "c=d"]);
    }
}
