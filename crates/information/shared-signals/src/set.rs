//! Security event tokens (RFC 8417, with the profile of SSF 1.0, section 4): what must hold for one to count. Pure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use sekisho_model::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::event::{Event, Said};
use crate::refusal::Refusal;
use crate::subject::{Subject, bounded};

/// How far clocks may differ.
pub(crate) const LEEWAY: Span = Span::from_seconds(60);
/// The types of CAEP events begin with this: documents name them by the rest.
pub(crate) const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
/// The longest token in bytes.
pub(crate) const LONGEST: usize = 32 * 1024;
/// The most types that one token may name: they are names of one event.
const TYPES: usize = 4;

/// What a token must be for.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) max_age: Span,
    pub(crate) now: Timestamp,
}

/// The header. A parameter that must be understood is understood by nobody here.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

/// The claims that are read. One that stands twice makes a token unreadable.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    jti: String,
    iat: Number,
    events: Map<String, Value>,
    #[serde(default)]
    sub_id: Option<Value>,
    #[serde(default)]
    sub: Option<Value>,
    #[serde(default)]
    exp: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The event of a token, when it counts.
///
/// # Errors
/// The first rule that it breaks.
pub(crate) fn verified(token: &[u8], keys: &JwkSet, expected: &Expected<'_>) -> Result<Event, Refusal> {
    let token = std::str::from_utf8(token).map_err(|_| Refusal::Malformed("the body is no token"))?.trim();
    let header = header(token)?;
    let algorithm = algorithm(&header.alg)?;
    let key = key(keys, header.kid.as_deref(), algorithm).ok_or(Refusal::Key("no key of the transmitter fits"))?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Refusal::Key("the key cannot be used"))?;
    let mut validation = Validation::new(algorithm);
    // Everything else is checked below, against the platform's clock.
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let claims = decode::<Claims>(token, &key, &validation).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => Refusal::Malformed("a claim is missing or of another type"),
        _ => Refusal::Key("the signature is not of a key of the transmitter"),
    })?;
    claims.claims.checked(expected)
}

/// Whether a token names a key that is not among these: the transmitter may have a new one.
pub(crate) fn names_another_key(token: &[u8], keys: &JwkSet) -> bool {
    let header = std::str::from_utf8(token).ok().and_then(|token| header(token.trim()).ok());
    let name = header.and_then(|header| header.kid);
    name.is_some_and(|name| keys.keys.iter().all(|key| key.common.key_id.as_deref() != Some(name.as_str())))
}

fn header(token: &str) -> Result<Header, Refusal> {
    let unreadable = Refusal::Malformed("the body is no signed token");
    let first = token.split('.').next().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(first).map_err(|_| unreadable.clone())?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| unreadable)?;
    // INVARIANT I-61: a token of another kind, such as an ID token of the same issuer, is no event.
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if kind.strip_prefix("application/").unwrap_or(&kind) != "secevent+jwt" {
        return Err(Refusal::Malformed("`typ` is not `secevent+jwt`"));
    }
    if header.crit.is_some() {
        return Err(Refusal::Malformed("`crit` names what is not understood here"));
    }
    Ok(header)
}

/// The signatures that count: of public keys only, so that nobody signs with what everybody can read.
// INVARIANT I-61: no other algorithm counts; `none` and shared keys are not among these.
fn algorithm(name: &str) -> Result<Algorithm, Refusal> {
    match name {
        "ES256" => Ok(Algorithm::ES256),
        "EdDSA" => Ok(Algorithm::EdDSA),
        "RS256" => Ok(Algorithm::RS256),
        _ => Err(Refusal::Key("the algorithm is not ES256, EdDSA or RS256")),
    }
}

/// The key of that name for that algorithm; without a name, the only one.
fn key<'k>(keys: &'k JwkSet, name: Option<&str>, algorithm: Algorithm) -> Option<&'k Jwk> {
    let own = match algorithm {
        Algorithm::ES256 => KeyAlgorithm::ES256,
        Algorithm::EdDSA => KeyAlgorithm::EdDSA,
        _ => KeyAlgorithm::RS256,
    };
    let signs = |key: &&Jwk| {
        let is_for_signatures = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
        is_for_signatures && key.common.key_algorithm.is_none_or(|of_key| of_key == own)
    };
    let mut signing = keys.keys.iter().filter(signs);
    match name {
        Some(name) => signing.find(|key| key.common.key_id.as_deref() == Some(name)),
        None => signing.next().filter(|_| signing.next().is_none()),
    }
}

impl Claims {
    // INVARIANT I-61: issuer, audience and time are those that the document names.
    fn checked(self, expected: &Expected<'_>) -> Result<Event, Refusal> {
        if self.iss != expected.issuer {
            return Err(Refusal::Issuer);
        }
        if !self.aud.names(expected.audience) {
            return Err(Refusal::Audience);
        }
        let sent_at = time(&self.iat).ok_or(Refusal::Malformed("`iat` is no time"))?;
        timely(sent_at, expected.max_age, expected.now)?;
        let rules = [
            (self.sub.is_none() && self.exp.is_none(), "`sub` and `exp` stand in no event"),
            (bounded(&self.jti).is_some(), "`jti` is missing or too long"),
            ((1..=TYPES).contains(&self.events.len()), "`events` names no event, or more than one"),
        ];
        if let Some((_, rule)) = rules.iter().find(|(holds, _)| !holds) {
            return Err(Refusal::Malformed(rule));
        }
        let what = self.events.iter().map(|(name, says)| said(name, says, sent_at)).collect::<Result<_, _>>()?;
        let subject = self.sub_id.as_ref().map(Subject::read).unwrap_or_default();
        Ok(Event { origin: self.iss, id: self.jti, what, subject, sent_at })
    }
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

/// That an event of that time still counts, and is not from the future.
pub(crate) fn timely(at: Timestamp, max_age: Span, now: Timestamp) -> Result<(), Refusal> {
    if now.since(at) > max_age {
        return Err(Refusal::Untimely("the event is too old"));
    }
    match at.since(now) > LEEWAY {
        true => Err(Refusal::Untimely("the event is from the future")),
        false => Ok(()),
    }
}

/// One type with what is said of it.
fn said(name: &str, says: &Value, sent_at: Timestamp) -> Result<Said, Refusal> {
    let at = match says.get("event_timestamp") {
        None => sent_at,
        Some(Value::Number(number)) => time(number).ok_or(Refusal::Malformed("`event_timestamp` is no time"))?,
        Some(_) => return Err(Refusal::Malformed("`event_timestamp` is no time")),
    };
    if at.since(sent_at) > LEEWAY {
        return Err(Refusal::Untimely("`event_timestamp` is later than `iat`"));
    }
    let is_compliant = match says.get("current_status").and_then(Value::as_str) {
        Some("compliant") => Some(true),
        Some("not-compliant") => Some(false),
        _ => None,
    };
    Ok(Said { name: name.strip_prefix(CAEP).unwrap_or(name).to_owned(), at, is_compliant })
}

/// A time in seconds since 1970, which may have a fraction.
fn time(number: &Number) -> Option<Timestamp> {
    if let Some(seconds) = number.as_i64() {
        return (0..=MOST).contains(&seconds).then(|| Timestamp::from_millis(seconds * 1000));
    }
    let seconds = number.as_f64().filter(|seconds| (0.0..=9_999_999_999.0).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    Some(Timestamp::from_millis((seconds * 1000.0) as i64))
}

/// The last second that is a time: in the year 2286.
const MOST: i64 = 9_999_999_999;

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
