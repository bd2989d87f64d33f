//! JSON webhooks: what must hold for one to count, and where its event and subject stand. Pure.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use sekisho_model::documents::{NamedHeader, Pointer, SignalWebhook, WebhookSignature, WebhookSubject};
use sekisho_model::{Span, Timestamp};
use serde_json::Value;

use crate::event::{Event, Said};
use crate::refusal::Refusal;
use crate::secret::SigningSecret;
use crate::set::timely;
use crate::subject::{Identifier, Subject, bounded};

/// The most signatures that one header may hold: while a secret is changed, there are two.
const SIGNATURES: usize = 8;
/// The first number that counts milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// A webhook as it arrived.
pub(crate) struct Arrived<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The event of a webhook, when it counts.
///
/// # Errors
/// The first rule that it breaks.
pub(crate) fn verified(
    arrived: &Arrived<'_>,
    webhook: &SignalWebhook,
    (transmitter, secret): (&str, &SigningSecret),
    (max_age, now): (Span, Timestamp),
) -> Result<Event, Refusal> {
    let (body, id, sent_at) = match &webhook.signature {
        WebhookSignature::StandardWebhooks => standard(arrived, secret)?,
        WebhookSignature::HmacSha256(named) => with_header(arrived, named, secret)?,
    };
    timely(sent_at, max_age, now)?;
    let what =
        text(&body, &webhook.event).ok_or(Refusal::Malformed("the body has no type of event where it should"))?;
    let subject = text(&body, &webhook.subject).ok_or(Refusal::Malformed("the body has no subject where it should"))?;
    let identifier = match webhook.subject_is {
        WebhookSubject::Email => Identifier::Email(subject),
        WebhookSubject::Identifier => Identifier::Opaque(subject),
    };
    Ok(Event {
        origin: format!("transmitter/{transmitter}"),
        id,
        what: vec![Said { name: what, at: sent_at, is_compliant: None }],
        subject: Subject::of(Some(identifier)),
        sent_at,
    })
}

/// As Standard Webhooks says: the hash is over identifier, time and body.
fn standard(arrived: &Arrived<'_>, secret: &SigningSecret) -> Result<(Value, String, Timestamp), Refusal> {
    let missing = Refusal::Malformed("a header of Standard Webhooks is missing or too long");
    let header = |name: &str| arrived.headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("webhook-id").and_then(bounded).ok_or_else(|| missing.clone())?;
    let seconds = header("webhook-timestamp").ok_or_else(|| missing.clone())?;
    let signatures = header("webhook-signature").ok_or(missing)?;
    let signed = [id.as_bytes(), b".", seconds.as_bytes(), b".", arrived.body].concat();
    let key = secret.of_standard_webhooks();
    let fits = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        tag.is_some_and(|tag| hmac::verify(&key, &signed, &tag).is_ok())
    };
    if !signatures.split(' ').take(SIGNATURES).any(fits) {
        return Err(WRONG);
    }
    let at = seconds.parse::<i64>().ok().filter(|seconds| (0..MILLISECONDS).contains(seconds));
    let at = at.ok_or(Refusal::Malformed("`webhook-timestamp` is no time"))?;
    Ok((json(arrived.body)?, id, Timestamp::from_millis(at * 1000)))
}

/// The hash of the body in a header, in hexadecimal or Base64.
fn with_header(
    arrived: &Arrived<'_>,
    named: &NamedHeader,
    secret: &SigningSecret,
) -> Result<(Value, String, Timestamp), Refusal> {
    let value = arrived.headers.get(&named.header).and_then(|value| value.to_str().ok());
    let value = value.ok_or(Refusal::Malformed("the header with the signature is missing"))?.trim();
    let value = value.strip_prefix("sha256=").unwrap_or(value);
    let tag = hex::decode(value).ok().or_else(|| STANDARD.decode(value).ok()).ok_or(WRONG)?;
    hmac::verify(&secret.of_bytes(), arrived.body, &tag).map_err(|_| WRONG)?;
    let body = json(arrived.body)?;
    let id = text(&body, &named.identifier).ok_or(Refusal::Malformed("the body has no identifier where it should"))?;
    let at = body.pointer(named.time.as_str()).and_then(time);
    let at = at.ok_or(Refusal::Malformed("the body has no time where it should"))?;
    Ok((body, id, at))
}

const WRONG: Refusal = Refusal::Key("the signature is not made with the secret of the transmitter");

fn json(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Malformed("the body is no JSON"))
}

/// The text or whole number at a place.
fn text(body: &Value, at: &Pointer) -> Option<String> {
    match body.pointer(at.as_str())? {
        Value::String(text) => bounded(text),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => match number.as_i64()? {
            seconds @ 0..MILLISECONDS => Some(Timestamp::from_millis(seconds * 1000)),
            millis @ MILLISECONDS..=9_999_999_999_999 => Some(Timestamp::from_millis(millis)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
