//! API protection: what the OpenAPI document of a resource does not describe never reaches the application, and policies name its operations.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod place;
mod schemathesis;

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use place::{DOCUMENT, HOST, Place, described};
use serde_json::Value;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the API as the clerk. Returns status and body.
async fn ask(place: &Place, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut connection = place.platform.connector().unwrap().keep(HOST).await.unwrap();
    let request =
        Request::builder().method(method).uri(path).header("Host", format!("{HOST}:{}", place.platform.port()));
    let request = request.header("Cookie", place.clerk.cookie(HOST));
    let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let (head, body) = connection.send(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
}

/// Method, path, fields and body of a request, and the status and code of its refusal.
type Refused<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];
const PURPOSE: &[(&str, &str)] = &[("X-Purpose", "audit")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i48_what_the_document_describes_arrives_and_nothing_else() {
    let place = Place::new().await;
    let order = r#"{"item": "tea", "quantity": 2, "note": null, "parts": [{"name": "cup"}]}"#;
    for (method, path, fields, body) in [
        ("GET", "/v1/orders?limit=5&state=open&tag=t-a&tag=t-b", &[][..], ""),
        ("GET", "/v1/orders/7", PURPOSE, ""),
        ("POST", "/v1/orders", JSON, order),
    ] {
        let (status, said) = ask(&place, method, path, fields, body).await;
        assert_eq!(status, 200, "{method} {path}: {said}");
        assert_eq!(place.origin.take(), [(method.to_owned(), path.to_owned(), body.to_owned())]);
    }
    let large = format!(r#"{{"item": "tea", "quantity": 2, "note": "{}"}}"#, "x".repeat(5000));
    let text = [("Content-Type", "text/plain")];
    let zipped = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
    let refused: [Refused<'_>; 18] = [
        ("GET", "/v1/orders?limit=0", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders?limit=many", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders?limit=1&limit=2", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders?state=lost", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders?debug=1", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders/7", &[], "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders/seven", PURPOSE, "", 400, "api-parameter-wrong"),
        ("GET", "/v1/orders", JSON, "{}", 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, r#"{"item": "tea"}"#, 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, r#"{"item": "tea", "quantity": "2"}"#, 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, r#"{"item": "tea", "quantity": 2, "quantity": 3}"#, 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, r#"{"item": "tea", "quantity": 2, "price": 0}"#, 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, "{", 400, "api-body-wrong"),
        ("POST", "/v1/orders", JSON, &large, 413, "api-body-too-large"),
        ("POST", "/v1/orders", &text, order, 415, "api-media-type-wrong"),
        ("POST", "/v1/orders", &zipped, order, 415, "api-media-type-wrong"),
        ("GET", "/v1/customers", &[], "", 403, "api-operation-unknown"),
        ("PUT", "/v1/orders", JSON, order, 403, "api-operation-unknown"),
    ];
    for (method, path, fields, body, status, code) in refused {
        let (seen, said) = ask(&place, method, path, fields, body).await;
        assert_eq!((seen, &said["reasons"][0]["code"]), (status, &Value::from(code)), "{method} {path} {body}: {said}");
        assert!(said["reasons"][0]["text_ja"].as_str().is_some_and(|text| text.ends_with('。')), "{said}");
    }
    // Where, and what to write instead.
    let (_, said) = ask(&place, "POST", "/v1/orders", JSON, r#"{"item": "tea", "quantity": 0}"#).await;
    assert_eq!(said["reasons"][0]["text"], "`body/quantity`: write 1 or more.");
    assert!(place.clerk.socket(HOST, "/v1/events").await.is_err(), "a WebSocket was opened");
    assert_eq!(place.origin.take(), [], "something reached the application");
    recorded(&place).await;
}

/// What was refused after a permit stands in the record with its reason.
async fn recorded(place: &Place) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let events = place.platform.command(&["event", "list", "--limit", "200"]).await.unwrap().to_string();
        if ["api-body-wrong", "api-parameter-wrong", "api-body-too-large"].iter().all(|code| events.contains(code)) {
            return;
        }
        assert!(Instant::now() < deadline, "the events do not say why: {events}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i47_a_policy_permits_one_operation_and_denies_another_under_every_reading_of_the_path() {
    let place = Place::new().await;
    let (status, _) = ask(&place, "GET", "/v1/orders/7", PURPOSE, "").await;
    assert_eq!((status, place.origin.take().len()), (200, 1));
    let (status, said) = ask(&place, "DELETE", "/v1/orders/7", &[], "").await;
    assert_eq!((status, &said["reasons"][0]["text"]), (403, &"Orders are not removed by people.".into()), "{said}");
    assert_eq!(said["reasons"][0]["text_ja"], "注文を個人が削除することはできません。");
    // Servers read each of these as different operations, or as no operation.
    for path in ["/v1//orders", "/v1/orders;x=1", "/v1/orders%2f7", "/v1/orders/", "/v1/%65vents", "/V1/orders"] {
        let (status, said) = ask(&place, "GET", path, PURPOSE, "").await;
        assert_eq!((status, &said["reasons"][0]["code"]), (403, &"api-operation-unknown".into()), "{path}: {said}");
    }
    assert_eq!(place.origin.take(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i47_a_document_that_no_longer_has_an_operation_cuts_what_is_open() {
    let place = Place::new().await;
    let mut connection = place.platform.connector().unwrap().keep(HOST).await.unwrap();
    let request = Request::get("/v1/events").header("Host", format!("{HOST}:{}", place.platform.port()));
    let request = request.header("Cookie", place.clerk.cookie(HOST)).body(Full::default()).unwrap();
    let answer = connection.send(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut events = answer.into_body().into_data_stream();
    assert!(timeout(PATIENCE, events.next()).await.unwrap().unwrap().is_ok());
    let without = DOCUMENT.replace("  /events:", "  /changes:");
    let began = Instant::now();
    place.platform.apply(&[("api.toml", &described(&without))]).await.unwrap();
    let rest = async {
        let mut rest = Vec::new();
        while let Some(Ok(data)) = events.next().await {
            rest.extend_from_slice(&data);
        }
        String::from_utf8_lossy(&rest).into_owned()
    };
    let rest = timeout(PATIENCE, rest).await.expect("the stream is cut");
    println!("from the new document to the end of the stream: {} ms", began.elapsed().as_millis());
    assert!(rest.contains("api-operation-unknown"), "{rest}");
    // What cannot be enforced is refused where it is written; what is in force stays.
    let broken = described(&DOCUMENT.replace("maxLength: 40", "maxLenght: 40"));
    let error = place.platform.apply(&[("api.toml", &broken)]).await.unwrap_err().to_string();
    assert!(error.contains("maxLenght"), "{error}");
    let (status, _) = ask(&place, "GET", "/v1/orders/7", PURPOSE, "").await;
    assert_eq!(status, 200);
}
