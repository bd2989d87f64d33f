//! Webhooks that count, and each of their neighbours that does not.

use http::HeaderValue;
use serde_json::json;

use super::*;

const NOW: i64 = 1_790_000_000;
const SECRET: &str = "whsec_c2Vra3NobyBzaGFyZWQgc2lnbmFscw==";
const BODY: &str = r#"{"type":"host.isolated","data":{"host":"desk"},"id":"7","at":"2026-09-21T14:13:20Z"}"#;

fn source(signature: &Value) -> SignalWebhook {
    let source =
        json!({ "signature": signature, "event": "/type", "subject": "/data/host", "subject_is": "identifier" });
    serde_json::from_value(source).expect("a webhook")
}

fn read(headers: &[(&'static str, String)], body: &str, source: &SignalWebhook) -> Result<Event, Refusal> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value")))
        .collect();
    let (arrived, secret) = (Arrived { headers: &headers, body: body.as_bytes() }, SigningSecret::from(SECRET));
    let times = (Span::from_minutes(10), Timestamp::from_millis(NOW * 1000));
    verified(&arrived, source, ("edr", &secret), times)
}

fn standard(id: &str, seconds: i64, body: &str, secret: &str) -> Vec<(&'static str, String)> {
    let key = SigningSecret::from(secret).of_standard_webhooks();
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    let signature = format!("v1,AAAA v1,{}", STANDARD.encode(tag.as_ref()));
    vec![("webhook-id", id.to_owned()), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)]
}

#[test]
fn i61_a_webhook_that_is_signed_with_the_secret_counts() {
    let event =
        read(&standard("m-1", NOW, BODY, SECRET), BODY, &source(&json!("standard-webhooks"))).expect("an event");
    assert_eq!((event.id.as_str(), event.origin.as_str()), ("m-1", "transmitter/edr"));
    assert_eq!((event.what[0].name.as_str(), event.what[0].at.as_seconds()), ("host.isolated", NOW));
    assert_eq!(event.subject.device, Some(Identifier::Opaque("desk".to_owned())));
}

#[test]
fn i61_a_webhook_that_is_not_does_not() {
    let source = source(&json!("standard-webhooks"));
    let good = standard("m-1", NOW, BODY, SECRET);
    assert!(matches!(read(&standard("m-1", NOW, BODY, "whsec_b3RoZXI="), BODY, &source), Err(Refusal::Key(_))));
    assert!(matches!(read(&good, &BODY.replace("desk", "dusk"), &source), Err(Refusal::Key(_))));
    for (header, value) in
        [("webhook-id", "m-2"), ("webhook-timestamp", "1790000001"), ("webhook-signature", "v1,AAAA")]
    {
        let mut changed = good.clone();
        changed.retain(|(name, _)| *name != header);
        assert!(matches!(read(&changed, BODY, &source), Err(Refusal::Malformed(_))), "{header}");
        changed.push((header, value.to_owned()));
        assert!(matches!(read(&changed, BODY, &source), Err(Refusal::Key(_))), "{header}");
    }
    for seconds in [NOW - 601, NOW + 61] {
        assert!(matches!(read(&standard("m-1", seconds, BODY, SECRET), BODY, &source), Err(Refusal::Untimely(_))));
    }
    for body in ["{}", "x", r#"{"type":"a","data":{"host":["desk"]}}"#, r#"{"type":"a","data":{"host":""}}"#] {
        assert!(
            matches!(read(&standard("m-1", NOW, body, SECRET), body, &source), Err(Refusal::Malformed(_))),
            "{body}"
        );
    }
}

#[test]
fn i61_a_hash_in_a_header_is_over_the_body() {
    let named = json!({ "hmac-sha256": { "header": "x-signature", "identifier": "/id", "time": "/at" } });
    let sign = |body: &str| hmac::sign(&SigningSecret::from(SECRET).of_bytes(), body.as_bytes());
    let (tag, source) = (sign(BODY), source(&named));
    for value in
        [hex::encode(tag.as_ref()), format!("sha256={}", hex::encode(tag.as_ref())), STANDARD.encode(tag.as_ref())]
    {
        let event = read(&[("x-signature", value)], BODY, &source).expect("an event");
        assert_eq!((event.id.as_str(), event.sent_at.as_seconds()), ("7", NOW));
    }
    let value = hex::encode(tag.as_ref());
    assert!(matches!(read(&[("x-other", value.clone())], BODY, &source), Err(Refusal::Malformed(_))));
    assert!(matches!(read(&[("x-signature", value)], &BODY.replace('7', "8"), &source), Err(Refusal::Key(_))));
    let (untimed, old) = (BODY.replace("\"at\"", "\"on\""), BODY.replace("2026", "2025"));
    let read = |body: &str| read(&[("x-signature", hex::encode(sign(body).as_ref()))], body, &source);
    assert!(matches!(read(&untimed), Err(Refusal::Malformed(_))));
    assert!(matches!(read(&old), Err(Refusal::Untimely(_))));
    let numbered = BODY.replace("\"2026-09-21T14:13:20Z\"", "1790000000123");
    assert_eq!(read(&numbered).expect("an event").sent_at.as_millis(), 1_790_000_000_123);
}
