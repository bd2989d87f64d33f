//! What is refused before it is read names the application, the reason and a number: in the answer, in the record, and in the
//! same way over both versions.

use std::time::Duration;

use sekisho_attacks::Response;
use serde_json::Value;

use crate::http2::{ask, connect, request};
use crate::platform::{APP, PORTAL, Platform};

fn problem(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// The record that explains a request's number.
async fn record(platform: &Platform, number: &str) -> String {
    let found = async {
        loop {
            if let Some((_, act)) = platform.ledger.find_refused(number).await {
                return serde_json::to_string(&act).unwrap();
            }
            platform.ledger.head().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("each refusal is recorded")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_head_names_its_application_and_its_reason() {
    let platform = Platform::start().await;
    let answer = platform.get(APP, "/report/../x?secret=1", "").await;
    assert_eq!(answer.status, 400);
    let number = answer.field("x-request-id").unwrap();
    let told = problem(&answer);
    assert_eq!((told["request"].as_str(), told["reasons"][0]["code"].as_str()), (Some(number), Some("dotsegment")));
    let text = record(&platform, number).await;
    for part in ["\"resource\":\"app\"", "GET /report/../x at app.test", "read as `.` or `..`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_application_does_not_serve_names_it_too() {
    let platform = Platform::start().await;
    let cookie = platform.app_cookie("app");
    let answer = platform.ask(APP, &format!("BREW /pot HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n")).await;
    assert_eq!(answer.status, 501);
    let text = record(&platform, answer.field("x-request-id").unwrap()).await;
    assert!(text.contains("\"resource\":\"app\"") && text.contains("BREW app.test/pot"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_of_our_own_hosts_is_in_no_record() {
    let platform = Platform::start().await;
    for request in ["GET /enrol/s3cret/../x HTTP/1.1", "BREW /enrol/s3cret HTTP/1.1"] {
        let answer = platform.ask(PORTAL, &format!("{request}\r\nHost: {PORTAL}\r\n\r\n")).await;
        assert!(matches!(answer.status, 400 | 501), "{}", answer.status);
        let text = record(&platform, answer.field("x-request-id").unwrap()).await;
        assert!(text.contains(PORTAL) && !text.contains("s3cret"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_our_own_hosts_that_was_refused_is_told_to_them_whatever_host_the_handshake_named() {
    let mut platform = Platform::start().await;
    let (bad, long) = ("X-A: \x01\r\n".to_owned(), format!("X-Long: {}\r\n", "a".repeat(200_000)));
    for (handshake, target, host, lines) in [
        (PORTAL, "/enroll/s3cret", PORTAL, bad.as_str()),
        (PORTAL, "/enroll/s3cret", PORTAL, long.as_str()),
        (PORTAL, "/enroll/s3cret", PORTAL, "Content-Length: 1\r\nContent-Length: 2\r\n"),
        (APP, "/enroll/s3cret", PORTAL, bad.as_str()),
        (APP, "/enroll/s3cret", PORTAL, ""),
        (APP, "https://portal.test/enroll/s3cret", APP, bad.as_str()),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
        let answer = platform.ask(handshake, &request).await;
        assert!(answer.status >= 400, "{}", answer.status);
        let text = record(&platform, answer.field("x-request-id").unwrap()).await;
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(platform.exposed.recv().await.as_deref(), Some("/enroll/s3cret"), "{handshake} {target} {lines}");
    }
    // Those of applications are nothing to our own hosts, and what was served is no secret that anybody else read.
    platform.get(APP, "/enroll/other", &bad).await;
    assert_eq!(platform.get(PORTAL, "/enroll/served", "").await.status, 200);
    assert!(platform.exposed.try_recv().is_err());
}

#[tokio::test]
async fn a_person_gets_a_page_and_a_program_a_problem_document() {
    let platform = Platform::start().await;
    let html = platform.get(APP, "/a/../b", "Accept: text/html,*/*\r\nAccept-Language: ja\r\n").await;
    assert_eq!(html.field("content-type"), Some("text/plain; charset=utf-8"), "the page without a renderer");
    assert!(html.text().contains("と解釈される部分があります"), "{}", html.text());
    assert!(html.text().contains(html.field("x-request-id").unwrap()));
    let json = platform.get(APP, "/a/../b", "Accept: */*\r\n").await;
    assert_eq!(json.field("content-type"), Some("application/problem+json"));
}

/// 20 KiB of fields, or of cookies, pass with a body over both versions, whatever the method.
#[tokio::test]
async fn a_long_list_of_fields_of_one_application_passes_over_both_versions() {
    let platform = Platform::start().await;
    let cookie = platform.app_cookie("app");
    let crumbs: Vec<String> = (0..5).map(|number| format!("c{number}={}", "x".repeat(3_900))).collect();
    let fields: Vec<(String, String)> = (0..20).map(|number| (format!("x-list-{number}"), "y".repeat(1_000))).collect();
    let mut http2 = connect(&platform, APP).await;
    for with_cookies in [true, false] {
        let mut lines = vec![("cookie".to_owned(), cookie.clone())];
        match with_cookies {
            true => lines.extend(crumbs.iter().map(|crumb| ("cookie".to_owned(), crumb.clone()))),
            false => lines.extend(fields.clone()),
        }
        let mut asked = request(&format!("https://{APP}/list"), &[]);
        *asked.method_mut() = http::Method::PUT;
        for (name, value) in &lines {
            asked.headers_mut().append(http::HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap());
        }
        let (response, mut body) = http2.send_request(asked, false).unwrap();
        body.send_data("hello".into(), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 200, "over HTTP/2, cookies: {with_cookies}");
        let cookies: Vec<&str> =
            lines.iter().filter(|(name, _)| name == "cookie").map(|(_, value)| value.as_str()).collect();
        let others =
            lines.iter().filter(|(name, _)| name != "cookie").map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "PUT /list HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n{}Content-Length: 5\r\n\r\nhello",
            cookies.join("; "),
            others.collect::<String>()
        );
        assert_eq!(platform.ask(APP, &head).await.status, 200, "over HTTP/1, cookies: {with_cookies}");
    }
}

#[tokio::test]
async fn a_head_over_the_limit_has_a_number_in_both_versions() {
    let platform = Platform::start().await;
    let cookie = platform.app_cookie("app");
    let long = |length: usize| {
        let mut asked = request(&format!("https://{APP}/"), &[&cookie]);
        asked.headers_mut().insert("x-long", "a".repeat(length).parse().unwrap());
        asked
    };
    let mut http2 = connect(&platform, APP).await;
    assert_eq!(ask(&mut http2, long(20_000)).await.unwrap().0, 200, "one limit for both");
    let first = platform.get(APP, "/", &format!("Cookie: {cookie}\r\nX-Long: {}\r\n", "a".repeat(20_000))).await;
    assert_eq!(first.status, 200);
    let (status, fields, body) = ask(&mut http2, long(40_000)).await.unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status.as_u16(), told["reasons"][0]["code"].as_str()), (431, Some("headtoolong")));
    assert_eq!(told["request"].as_str().unwrap(), fields["x-request-id"]);
    let first = platform.get(APP, "/", &format!("X-Long: {}\r\n", "a".repeat(40_000))).await;
    assert_eq!((first.status, problem(&first)["reasons"][0]["code"].as_str()), (431, Some("headtoolong")));
}
