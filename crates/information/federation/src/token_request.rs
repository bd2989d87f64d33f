//! The requests with which a code becomes claims: at the token endpoint, and at the UserInfo endpoint where claims are mapped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sekisho_identity::Secret;
use sekisho_web::address::encode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Refusal;
use crate::https::unusable;
use crate::metadata::Known;
use crate::refusal::shown;

/// What a code is exchanged with.
pub(crate) struct Exchange<'a> {
    pub(crate) client: &'a str,
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) code: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) redirect_uri: &'a str,
}

/// The tokens of a code, of which the access token serves for UserInfo and is then dropped.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) id_token: String,
    access_token: Option<Secret>,
}

/// The tokens that a provider gives for a code.
///
/// # Errors
/// [`Refusal::CodeRejected`]; [`Refusal::Unusable`].
pub(crate) async fn tokens(known: &Known, exchange: &Exchange<'_>) -> Result<Tokens, Refusal> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", exchange.code),
        ("redirect_uri", exchange.redirect_uri),
        ("code_verifier", exchange.verifier),
    ];
    let methods = known.metadata.token_endpoint_auth_methods_supported.as_deref();
    let takes = |method: &str| methods.is_some_and(|methods| methods.iter().any(|one| one == method));
    // Where nothing is said, it is HTTP Basic (Discovery, section 3).
    let in_form = takes("client_secret_post") && !takes("client_secret_basic");
    let authorization = match exchange.secret {
        Some(secret) if in_form => {
            fields.extend([("client_id", exchange.client), ("client_secret", secret.expose())]);
            None
        }
        Some(secret) => {
            // RFC 6749, section 2.3.1: both are encoded as in a form first.
            let pair = format!("{}:{}", escaped(exchange.client), escaped(secret.expose()));
            Some(format!("Basic {}", STANDARD.encode(pair)))
        }
        None => {
            fields.push(("client_id", exchange.client));
            None
        }
    };
    let form: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let answer = known.https.post(&known.metadata.token_endpoint, authorization.as_deref(), form.join("&")).await?;
    match answer.status {
        StatusCode::OK => serde_json::from_value(answer.body).map_err(|error| unusable(&error)),
        status if status.is_client_error() => {
            let said = answer.body.get("error").and_then(Value::as_str).unwrap_or_default();
            Err(Refusal::CodeRejected(shown(said)))
        }
        status => Err(unusable(&format_args!("its token endpoint answers {status}"))),
    }
}

/// What the UserInfo endpoint says of the subject of the ID token; nothing where there is no such endpoint.
///
/// # Errors
/// [`Refusal::WrongToken`] when it speaks of another subject (Core, section 5.3.2).
pub(crate) async fn userinfo(known: &Known, tokens: &Tokens, subject: &str) -> Result<Map<String, Value>, Refusal> {
    let (Some(endpoint), Some(token)) = (&known.metadata.userinfo_endpoint, &tokens.access_token) else {
        return Ok(Map::new());
    };
    let Value::Object(claims) = known.https.get(endpoint, Some(token.expose())).await?.successful()? else {
        return Err(unusable(&"its UserInfo endpoint answers no JSON object"));
    };
    match claims.get("sub").and_then(Value::as_str) {
        Some(said) if said == subject => Ok(claims),
        _ => Err(Refusal::WrongToken("subject of UserInfo")),
    }
}

/// A value of a form: as in an address, with the slash escaped too.
fn escaped(text: &str) -> String {
    encode(text).replace('/', "%2F")
}
