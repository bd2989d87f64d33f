//! The limits of an exchange, refusals and pages, against a platform in memory whose time the test sets.

use std::time::Duration;

use http::Method;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use zeroize::Zeroizing;

use super::credential::Credential;
use super::exchange::{Exchange, MOST};
use super::{AdminClient, Open, SILENCE, follow, pages};
use crate::Failure;

const SECRET: &str = "sekisho_3q2x7wSECRETSECRET";

fn credential() -> Credential {
    Credential::token(Zeroizing::new(SECRET.to_owned())).unwrap()
}

/// A platform that answers so, in this order, and then is silent; and the requests that it got.
async fn platform(answers: Vec<String>) -> (Open, UnboundedReceiver<String>) {
    let (near, far) = duplex(64 * 1024);
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        let mut far = far;
        for answer in answers {
            let _ = tell.send(request(&mut far).await);
            let _ = far.write_all(answer.as_bytes()).await;
        }
        let _ = tell.send(request(&mut far).await);
        std::future::pending::<()>().await;
    });
    let exchange = Exchange::begin(TokioIo::new(near), "portal.test", "portal.test", Some(credential())).await.unwrap();
    let client = AdminClient { silence: SILENCE, ..AdminClient::local("/nowhere".into()) };
    (Open { exchange: Some(exchange), ..Open::new(client) }, told)
}

/// One request: its head, and as much of its body as is there.
async fn request(far: &mut DuplexStream) -> String {
    let (mut bytes, mut some) = (Vec::new(), [0; 4096]);
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        match far.read(&mut some).await {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(some.get(..count).unwrap()),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

async fn get(answers: Vec<String>) -> Result<Value, Failure> {
    platform(answers).await.0.ask(&Method::GET, "/me", None).await
}

/// The exit status of a failure and what it says.
fn told(failure: &Failure) -> (u8, String) {
    assert!(!format!("{failure:?}").contains("SECRET"), "{failure:?}");
    (failure.status(), failure.to_string())
}

#[tokio::test]
async fn an_answer_is_read_and_the_credential_is_sent_once_with_each_request() {
    let (mut open, mut seen) = platform(vec![answer(200, "{\"a\":1}"), answer(204, "")]).await;
    assert_eq!(open.ask(&Method::GET, "/me", None).await.unwrap(), json!({ "a": 1 }));
    assert_eq!(open.ask(&Method::DELETE, "/devices/x", None).await.unwrap(), Value::Null);
    for line in ["GET", "DELETE"] {
        let request = seen.recv().await.unwrap();
        assert!(request.starts_with(line) && request.contains("host: portal.test\r\n"), "{request}");
        assert_eq!(request.matches(&format!("authorization: Bearer {SECRET}\r\n")).count(), 1, "{request}");
    }
    assert!(!format!("{:?}", credential()).contains("SECRET"));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_command_before_the_answer_and_within_it() {
    for (method, answers) in [
        (Method::GET, vec![]),
        (Method::GET, vec!["HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\n{\"a\"".to_owned()]),
        (Method::POST, vec![]),
    ] {
        let begun = tokio::time::Instant::now();
        let (mut open, _seen) = platform(answers).await;
        let (status, text) = told(&open.ask(&method, "/x", None).await.unwrap_err());
        assert!(status == 69 && text.contains("did not answer within 30 s"), "{status} {text}");
        assert_eq!(text.contains("whether it was done is not known"), method == Method::POST, "{text}");
        assert!(begun.elapsed() >= SILENCE && begun.elapsed() < SILENCE + Duration::from_secs(5));
    }
    // What the platform works on may take longer.
    let (mut open, _seen) = platform(vec![]).await;
    let (_, text) = told(&open.ask(&Method::POST, "/apply", None).await.unwrap_err());
    assert!(text.contains("within 600 s"), "{text}");
}

#[tokio::test]
async fn an_answer_that_is_too_long_ends_whether_it_says_so_or_not() {
    let declared = format!("HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n[", MOST + 1);
    let (status, text) = told(&get(vec![declared]).await.unwrap_err());
    assert!(status == 1 && text.contains("longer than 256 MiB"), "{text}");
    let body = "x".repeat(2000);
    for (left, fits) in [(2002, true), (2001, false)] {
        let chunked = format!("HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n7d2\r\n\"{body}\"\r\n0\r\n\r\n");
        let (mut open, _seen) = platform(vec![chunked]).await;
        open.left = left;
        assert_eq!(open.ask(&Method::GET, "/x", None).await.is_ok(), fits, "{left}");
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let to = format!("HTTP/1.1 {status} x\r\nlocation: https://evil.test/{SECRET}\r\ncontent-length: 0\r\n\r\n");
        let (mut open, mut seen) = platform(vec![to]).await;
        let (code, text) = told(&open.ask(&Method::GET, "/x", None).await.unwrap_err());
        assert!(code == 69 && text.contains("evil.test") && text.contains("no redirect"), "{text}");
        assert!(seen.recv().await.is_some() && seen.try_recv().is_err(), "one request");
    }
}

#[tokio::test]
async fn a_refusal_says_everything_that_helps_and_never_the_credential() {
    let problem = json!({
        "title": "not permitted", "detail": format!("\u{1b}[31mno {SECRET} sekisho_3q2x7w\u{200b}SECRETSECRET"),
        "problems": ["p1"], "reasons": ["r1", { "text": "r2" }], "remedies": ["m1", 7], "request": "01M8",
    });
    let (status, text) = told(&get(vec![answer(403, &problem.to_string())]).await.unwrap_err());
    assert_eq!(status, 77);
    for part in ["not permitted: [31mno", "\n  p1", "\n  r1", "\n  r2", "\n  → m1", "01M8"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("SECRET") && !text.contains('\u{1b}'), "{text}");
    for (code, exit) in [(400, 65), (401, 77), (404, 65), (409, 65), (429, 65), (500, 1), (503, 1)] {
        let (status, text) = told(&get(vec![answer(code, "plain words")]).await.unwrap_err());
        assert_eq!(status, exit, "{code}");
        assert!(text.starts_with("plain words"), "{text}");
        assert_eq!(text.contains("sekisho token make"), code == 401, "{text}");
    }
    let (_, text) =
        told(&get(vec![answer(404, r#"{"error":"e","error_description":"nothing here"}"#)]).await.unwrap_err());
    assert_eq!(text, "nothing here");
    let (status, text) = told(&get(vec![answer(200, "<html>")]).await.unwrap_err());
    assert!(status == 69 && text.contains("not one of a platform"), "{text}");
}

#[tokio::test]
async fn a_list_is_asked_for_page_by_page_until_its_end() {
    let page = |items: Value, next: Value| answer(200, &json!({ "items": items, "next": next }).to_string());
    let (mut open, mut seen) = platform(vec![page(json!([1, 2]), json!("a/b")), page(json!([3]), Value::Null)]).await;
    assert_eq!(pages::list(&mut open, "/users?x=1", usize::MAX).await.unwrap(), [1, 2, 3]);
    assert!(seen.recv().await.unwrap().starts_with("GET /api/v1/users?x=1 "));
    assert!(seen.recv().await.unwrap().starts_with("GET /api/v1/users?x=1&after=a%2Fb "));
    // Who wants a few asks for no further page.
    let (mut open, _seen) = platform(vec![page(json!([1, 2, 3]), json!("c"))]).await;
    assert_eq!(pages::list(&mut open, "/users", 2).await.unwrap(), [1, 2]);
    // A page of a list that is narrowed may be empty although there are more.
    let pages_of_it = vec![page(json!([]), json!("c")), page(json!([]), json!("d")), page(json!([1]), Value::Null)];
    let (mut open, _seen) = platform(pages_of_it).await;
    assert_eq!(pages::list(&mut open, "/users", usize::MAX).await.unwrap(), [1]);
    for endless in [page(json!([1]), json!("c")), page(json!([]), json!("c"))] {
        let (mut open, _seen) = platform(vec![page(json!([1]), json!("c")), endless]).await;
        let (_, text) = told(&pages::list(&mut open, "/users", usize::MAX).await.unwrap_err());
        assert!(text.contains("does not come to its end"), "{text}");
    }
    let (mut open, _seen) = platform(vec![answer(200, "{\"items\":1}"), answer(200, "[1]")]).await;
    for _ in 0..2 {
        let (_, text) = told(&pages::list(&mut open, "/users", usize::MAX).await.unwrap_err());
        assert!(text.contains("is not a list"), "{text}");
    }
}

#[test]
fn only_what_looks_like_a_token_is_one() {
    for wrong in ["", "sekisho_", "secret", "sekisho_a b", "sekisho_a\n", "Sekisho_abc", "sekisho_関"] {
        assert!(Credential::token(Zeroizing::new(wrong.to_owned())).is_none(), "{wrong:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_followed_gives_every_entry_once_and_the_oldest_first() {
    let page = |items: &[u64], next: Value| {
        let items: Vec<Value> = items.iter().map(|index| json!({ "index": index })).collect();
        answer(200, &json!({ "items": items, "next": next }).to_string())
    };
    let (mut open, mut seen) = platform(vec![
        page(&[3, 2], json!("2")),
        page(&[3, 2], json!("2")),
        // More came than one page holds.
        page(&[7, 6], json!("6")),
        page(&[5, 4], json!("4")),
        page(&[3, 2], json!("2")),
        page(&[], json!("9")),
        page(&[8, 7], json!("7")),
    ])
    .await;
    let mut told = Vec::new();
    let each = |entries: &[Value]| {
        told.extend(entries.iter().filter_map(|entry| entry.get("index")?.as_u64()));
        Ok(told.last() != Some(&8))
    };
    follow::follow(&mut open, "/acts?limit=2", 2, each).await.unwrap();
    assert_eq!(told, [2, 3, 4, 5, 6, 7, 8]);
    let mut paths = Vec::new();
    while let Ok(request) = seen.try_recv() {
        paths.push(request.split(' ').nth(1).unwrap().replace("/api/v1", ""));
    }
    let first = "/acts?limit=2";
    let expected = [first, first, first, "/acts?limit=2&after=6", "/acts?limit=2&after=4", first, first];
    assert_eq!(paths, expected);
}
