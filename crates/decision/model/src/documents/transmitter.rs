//! Transmitters: other systems that report that a session, a credential or a device is not what it was.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Issuer;
use super::text_form::text_form;
use super::threat_feed::is_safe;
use crate::{Name, Span};

/// A system whose events count here, and what each of them does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transmitter {
    /// The transmitter's identifier: it is part of the address that events are sent to, and at most 64 bytes long.
    pub id: Name,
    /// Whether its events count.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How an event proves where it comes from, and what it says.
    pub source: SignalSource,
    /// What an event does, by its type: the name of a CAEP event, the URI of another type, or what a webhook calls it.
    pub events: BTreeMap<String, SignalEffect>,
    /// The account or device behind each identifier that is the transmitter's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subjects: BTreeMap<String, String>,
    /// How old an event may be when it arrives, `10s` to `1d`.
    #[serde(default = "ten_minutes", deserialize_with = "age")]
    pub max_age: Span,
    /// How long a device counts as not compliant because of one event, `1m` to `90d`.
    #[serde(default = "month", deserialize_with = "length")]
    pub lasts: Span,
}

/// How events prove where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalSource {
    /// Security event tokens (RFC 8417) of the Shared Signals Framework.
    Signed(SignedEvents),
    /// JSON with a keyed hash over it.
    Webhook(SignalWebhook),
}

/// Whose signed events count, and for whom they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEvents {
    /// The issuer: what `iss` must be, byte for byte.
    pub issuer: Issuer,
    /// As whom the platform is known there: what `aud` must name.
    pub audience: String,
    /// The public keys of the issuer: a JSON Web Key Set, or the address where it is published.
    pub keys: SigningKeys,
}

/// A JSON webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalWebhook {
    /// How it is signed.
    pub signature: WebhookSignature,
    /// Where the type of the event stands in the body.
    pub event: Pointer,
    /// Where the subject stands in the body.
    pub subject: Pointer,
    /// What the subject is.
    #[serde(default)]
    pub subject_is: WebhookSubject,
}

/// How a webhook is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookSignature {
    /// As Standard Webhooks says: over identifier, time and body.
    StandardWebhooks,
    /// HMAC-SHA256 over the body, in a header.
    HmacSha256(NamedHeader),
}

/// A header that holds the signature, and where the body says which event it is and when it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedHeader {
    /// The header's name.
    pub header: String,
    /// Where the body has an identifier that no other event has.
    pub identifier: Pointer,
    /// Where the body has the time of the event: RFC 3339, or seconds or milliseconds since 1970.
    pub time: Pointer,
}

/// What a webhook names its subject by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookSubject {
    /// The mail address of an account.
    #[default]
    Email,
    /// An identifier: one of `subjects`, or the platform's own.
    Identifier,
}

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalEffect {
    /// Every session of the person ends.
    EndSessions,
    /// Every session of the person ends that was last authenticated before the event.
    RequireSignIn,
    /// The device is compliant or not, as the signed event says.
    DeviceCompliance,
    /// The device is not compliant.
    DeviceNotCompliant,
    /// What the transmitter said against the device counts no longer.
    DeviceCompliant,
}

impl SignalEffect {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndSessions => "end-sessions",
            Self::RequireSignIn => "require-sign-in",
            Self::DeviceCompliance => "device-compliance",
            Self::DeviceNotCompliant => "device-not-compliant",
            Self::DeviceCompliant => "device-compliant",
        }
    }
}

impl Transmitter {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_type = |name: &String| !name.is_empty() && name.len() <= 200 && !name.chars().any(char::is_control);
        let is_named = |name: &String| !name.is_empty() && name.len() <= 255;
        let reads_status = self.events.values().any(|effect| *effect == SignalEffect::DeviceCompliance);
        let is_signed = matches!(self.source, SignalSource::Signed(_));
        let rules = [
            (self.id.as_str().len() <= 64, "`id`: write at most 64 bytes"),
            ((1..=32).contains(&self.events.len()), "`events`: name 1 to 32 types of events"),
            (self.events.keys().all(is_type), "`events`: write types of at most 200 bytes"),
            (is_signed || !reads_status, "`events`: `device-compliance` is for signed events"),
            (self.subjects.len() <= 10_000, "`subjects`: write at most 10000"),
            (self.subjects.iter().flat_map(|(a, b)| [a, b]).all(is_named), "`subjects`: write 1 to 255 bytes each"),
        ];
        if let Some((_, wrong)) = rules.iter().find(|(holds, _)| !holds) {
            return Err((*wrong).to_owned());
        }
        match &self.source {
            SignalSource::Signed(signed) if !is_audience(&signed.audience) => {
                Err("`source`: `audience`: write the name that the transmitter has for the platform, at most 512 bytes"
                    .to_owned())
            }
            SignalSource::Webhook(SignalWebhook { signature: WebhookSignature::HmacSha256(named), .. })
                if !is_header(&named.header) =>
            {
                Err("`source`: `header`: write the name of a header, in lower case".to_owned())
            }
            SignalSource::Signed(_) | SignalSource::Webhook(_) => Ok(()),
        }
    }
}

fn is_audience(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_header(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Where public keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SigningKeys {
    /// The key set itself, as JSON.
    Given(String),
    /// The address where it is published.
    At(String),
}

impl SigningKeys {
    /// The longest key set, in bytes.
    const LONGEST: usize = 65_536;
}

impl FromStr for SigningKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.starts_with('{') {
            let wrong = "write a JSON Web Key Set, or the https address where it is published";
            return if is_safe(text) { Ok(Self::At(text.to_owned())) } else { Err(wrong.to_owned()) };
        }
        if text.len() > Self::LONGEST {
            return Err(format!("write a key set of at most {} bytes", Self::LONGEST));
        }
        let set: Value = serde_json::from_str(text).map_err(|error| format!("the key set is no JSON: {error}"))?;
        let keys = set.get("keys").and_then(Value::as_array).filter(|keys| (1..=32).contains(&keys.len()));
        let keys = keys.ok_or("write a key set with 1 to 32 `keys`")?;
        let is_public = |key: &Value| {
            matches!(key.get("kty").and_then(Value::as_str), Some("EC" | "OKP" | "RSA"))
                && ["d", "k", "p", "q"].iter().all(|secret| key.get(secret).is_none())
        };
        if !keys.iter().all(is_public) {
            return Err("write public keys only, of the types EC, OKP and RSA".to_owned());
        }
        Ok(Self::Given(text.to_owned()))
    }
}

text_form!(SigningKeys);

impl fmt::Display for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(text) | Self::At(text) => f.write_str(text),
        }
    }
}

/// A JSON pointer (RFC 6901) to one value, of at most 8 steps and 200 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer(String);

impl Pointer {
    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = text.matches('/').count();
        let is_plain = text.len() <= 200 && !text.chars().any(char::is_control);
        match text.starts_with('/') && steps <= 8 && is_plain {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "`{}` is no JSON pointer of at most 8 steps: write it as `/data/user`",
                text.escape_debug()
            )),
        }
    }
}

text_form!(Pointer);

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn yes() -> bool {
    true
}

const fn ten_minutes() -> Span {
    Span::from_minutes(10)
}

const fn month() -> Span {
    Span::from_minutes(30 * 24 * 60)
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let span = Span::deserialize(deserializer)?;
    match span.as_seconds() {
        10..=86_400 => Ok(span),
        _ => Err(serde::de::Error::custom("write a length of time from `10s` to `1d`")),
    }
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let span = Span::deserialize(deserializer)?;
    match span.as_seconds() {
        60..=7_776_000 => Ok(span),
        _ => Err(serde::de::Error::custom("write a length of time from `1m` to `90d`")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn signed(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "idp", "events": { "session-revoked": "end-sessions" }, "source": { "signed": {
            "issuer": "https://idp.example.jp", "audience": "https://sekisho.example.jp",
            "keys": "https://idp.example.jp/keys" } } });
        match field.strip_prefix("source.") {
            Some(field) => body["source"]["signed"][field] = value,
            None => body[field] = value,
        }
        Kind::Transmitter.normalise(&body)
    }

    fn webhook(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "edr", "events": { "isolated": "device-not-compliant" }, "source": { "webhook": {
            "signature": "standard-webhooks", "event": "/type", "subject": "/data/host", "subject_is": "identifier" } } });
        body["source"]["webhook"][field] = value;
        Kind::Transmitter.normalise(&body)
    }

    #[test]
    fn both_sources_are_read_with_their_defaults() {
        let read = signed("enabled", json!(true)).expect("a transmitter");
        assert_eq!((&read["max_age"], &read["lasts"]), (&json!("10m"), &json!("30d")));
        let keys = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}"#;
        assert_eq!(signed("source.keys", json!(keys)).expect("keys")["source"]["signed"]["keys"], keys);
        assert!(webhook("event", json!("/event")).is_ok());
        let named = json!({ "hmac-sha256": { "header": "x-signature", "identifier": "/id", "time": "/at" } });
        assert!(webhook("signature", named).is_ok());
    }

    #[test]
    fn what_is_no_transmitter_is_refused() {
        for (field, value) in [
            ("source.issuer", json!("http://idp.example.jp")),
            ("source.audience", json!("")),
            ("source.keys", json!("http://idp.example.jp/keys")),
            ("source.keys", json!("{}")),
            ("source.keys", json!(r#"{"keys":[]}"#)),
            ("source.keys", json!(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#)),
            ("source.keys", json!(r#"{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}]}"#)),
            ("source.secret", json!("x")),
            ("events", json!({})),
            ("events", json!({ "session-revoked": "disable-account" })),
            ("max_age", json!("2d")),
            ("lasts", json!("1s")),
            ("id", json!("x".repeat(65))),
            ("secret", json!("x")),
        ] {
            assert!(signed(field, value.clone()).is_err(), "{field} {value}");
        }
        for (field, value) in [
            ("event", json!("type")),
            ("event", json!("/a/b/c/d/e/f/g/h/i")),
            ("subject_is", json!("name")),
            ("signature", json!("none")),
            ("signature", json!({ "hmac-sha256": { "header": "X Y", "identifier": "/id", "time": "/at" } })),
            ("signature", json!({ "hmac-sha256": { "header": "x-signature", "identifier": "/id" } })),
        ] {
            assert!(webhook(field, value.clone()).is_err(), "{field} {value}");
        }
    }
}
