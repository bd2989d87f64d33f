//! The HTTP edges of the devices host: certificates, sizes, types, problems.

use rcgen::KeyPair;
use sekisho_device_protocol::enrolment::EnrolRequest;
use serde_json::json;

use crate::platform::{Enrolled, Front, Platform, csr, now};

async fn ticket(front: &Front, device: &Enrolled) -> (u64, String) {
    let (status, ticket) = front.send(Some(device), "GET", "/report", "").await;
    assert_eq!(status, 200);
    (ticket["sequence"].as_u64().unwrap(), ticket["nonce"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn reports_and_renewals_need_the_certificate() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let laptop = platform.enrolled("laptop", now()).await;
    let renew = json!({ "csr": csr(&laptop.key) }).to_string();
    for (method, path, body) in
        [("GET", "/report", String::new()), ("POST", "/report", "{}".into()), ("POST", "/renew", renew.clone())]
    {
        let (status, problem) = front.send(None, method, path, body).await;
        assert_eq!((status, problem["title"].as_str()), (401, Some("certificate-required")), "{method} {path}");
        assert_eq!(problem["request_id"], "request-1");
    }
    assert_eq!(front.send(Some(&laptop), "POST", "/renew", renew).await.0, 200);
    assert_eq!(front.send(Some(&laptop), "GET", "/report", "").await.0, 200);
}

#[tokio::test]
async fn a_report_goes_in_once_over_http() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let laptop = platform.enrolled("laptop", now()).await;
    let (sequence, nonce) = ticket(&front, &laptop).await;
    let report = json!({ "device": "laptop", "sequence": sequence, "nonce": nonce,
        "facts": { "a": true, "b": "true", "c": [true], "d": 1.5 } });
    let (status, answer) = front.send(Some(&laptop), "POST", "/report", report.to_string()).await;
    assert_eq!((status, answer["compliant"].as_bool()), (200, Some(true)));
    let (status, problem) = front.send(Some(&laptop), "POST", "/report", report.to_string()).await;
    assert_eq!((status, problem["next"]["sequence"].as_u64()), (409, Some(2)));
    let posture = platform.store.get(sekisho_model::documents::Kind::Posture, "laptop").await.unwrap().unwrap();
    assert_eq!(posture.body["facts"], json!({ "a": true, "b": "true" }), "what has a wrong type is not reported");
}

#[tokio::test]
async fn oversized_deep_and_malformed_reports_are_refused() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let laptop = platform.enrolled("laptop", now()).await;
    let (sequence, nonce) = ticket(&front, &laptop).await;
    let whole =
        |facts: &str| format!(r#"{{"device":"laptop","sequence":{sequence},"nonce":"{nonce}","facts":{facts}}}"#);
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    for (body, expected) in [
        (whole(&large), 413),
        (whole(&deep), 413),
        (whole("[]"), 400),
        (whole(r#"{"a":1,"a":2}"#), 400),
        (whole(r#"{"a":1},"extra":1"#), 400),
        ("[".repeat(5), 400),
        (String::new(), 400),
        ("\u{0}".to_owned(), 400),
    ] {
        let (status, problem) = front.send(Some(&laptop), "POST", "/report", body.clone()).await;
        assert_eq!(status, expected, "{} {problem}", body.chars().take(100).collect::<String>());
    }
    assert_eq!(front.send(Some(&laptop), "POST", "/report", whole("{}")).await.0, 200);
}

#[tokio::test]
async fn token_guessing_is_limited_per_address() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let key = KeyPair::generate().unwrap();
    let guess = |token: &str| serde_json::to_string(&EnrolRequest { token: token.to_owned(), csr: csr(&key) }).unwrap();
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 100 {
        statuses.push(front.send(None, "POST", "/enroll", guess("guess")).await.0);
    }
    assert_eq!((statuses[0], statuses.last()), (403, Some(&429)));
}

#[tokio::test]
async fn a_flood_of_one_device_is_limited_and_harms_no_other() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let laptop = platform.enrolled("laptop", now()).await;
    let other = platform.enrolled("other", now()).await;
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 300 {
        statuses.push(front.send(Some(&laptop), "GET", "/report", "").await.0);
    }
    assert_eq!((statuses[0], statuses.last()), (200, Some(&429)));
    assert_eq!(front.send(Some(&other), "GET", "/report", "").await.0, 200);
}

#[tokio::test]
async fn enrolments_that_succeed_do_not_count_as_guesses() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    for n in 0..14 {
        let request = EnrolRequest {
            token: platform.token(&format!("d{n}"), now()).await,
            csr: csr(&KeyPair::generate().unwrap()),
        };
        let (status, issued) = front.send(None, "POST", "/enroll", serde_json::to_string(&request).unwrap()).await;
        assert_eq!((status, issued["device"].as_str()), (200, Some(format!("d{n}").as_str())));
        assert_eq!(issued["portal_origin"], "https://portal.localhost");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    assert_eq!(front.send(None, "GET", "/", "").await.0, 404);
    assert_eq!(front.send(None, "GET", "/enroll", "").await.0, 405);
    assert_eq!(front.send(None, "DELETE", "/report", "").await.0, 405);
}
