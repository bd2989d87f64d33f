//! Shared signals: a transmitter reports that a session was revoked; the event cuts once, and a forged one does nothing.
//!
//! The transmitter is a key of this step, which signs its events as RFC 8417 says.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sekisho_control_plane::now;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::Slice;
use crate::check::browser::{Browser, Trouble, WebSocket};
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "shared signals",
    expected: "a forged event does nothing; `session-revoked` cuts a WebSocket within one second; sent again, it ends no new session",
    run: |scene| Box::pin(run(scene)),
};

const PERSON: &str = "riku";
const MAIL: &str = "riku@example.jp";
const ISSUER: &str = "https://signals.example.jp";
const AUDIENCE: &str = "https://sekisho.example.jp/events";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
/// How long a cut may take.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// How long anything that should happen may take before the check gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);

async fn run(scene: &Scene) -> Seen {
    let (key, forger) = (key(scene)?, key(scene)?);
    apply(scene, &key).await?;
    let mut person = Person::newcomer(scene, PERSON).await?;
    let wiki = format!("{}/", scene.wiki());
    let page = person.browser.open(&wiki).await?;
    expect(page.status == StatusCode::OK, || format!("the wiki answered {}", page.status))?;
    let mut socket = person.browser.web_socket(&format!("{}live", wiki.replacen("https", "wss", 1))).await?;
    let mut program = Browser::new(scene.server_roots().map_err(|failure| failure.to_string())?);
    let forged = push(scene, &mut program, token(&forger)?).await?;
    let open = person.browser.open_once(&wiki).await?.status;
    expect(forged == StatusCode::BAD_REQUEST && open == StatusCode::OK, || {
        format!("a forged event was answered {forged}, and the wiki {open}")
    })?;
    let event = token(&key)?;
    let sent = Instant::now();
    let taken = push(scene, &mut program, event.clone()).await?;
    expect(taken == StatusCode::ACCEPTED, || format!("the event was answered {taken}"))?;
    closed(&mut socket).await?;
    let delay = sent.elapsed();
    expect(delay < CUT_WITHIN, || format!("cut after {} ms", delay.as_millis()))?;
    person.sign_in(&wiki).await?;
    push(scene, &mut program, event).await?;
    let again = person.browser.open_once(&wiki).await?.status;
    expect(again == StatusCode::OK, || format!("the event counted twice: the wiki answered {again}"))?;
    Ok(format!(
        "forged: {forged}; cut {} ms after the event was sent; sent again, the new session went on",
        delay.as_millis()
    ))
}

/// A person with a mail address, and the transmitter with that key.
async fn apply(scene: &Scene, key: &EncodingKey) -> Result<(), Trouble> {
    let published = Jwk::from_encoding_key(key, Algorithm::ES256).map_err(|error| error.to_string())?;
    let keys = json!({ "keys": [published] }).to_string();
    let user =
        json!({ "id": PERSON, "name": "Riku Abe · 阿部陸", "email": MAIL, "employment": "staff", "groups": ["staff"] });
    let transmitter = json!({ "id": "check-idp", "events": { "session-revoked": "end-sessions" },
        "source": { "signed": { "issuer": ISSUER, "audience": AUDIENCE, "keys": keys } } });
    let document =
        |kind: &str, body: &Value| json!({ "kind": kind, "id": body.get("id"), "body": body, "origin": kind });
    let documents = [document("user", &user), document("transmitter", &transmitter)];
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    scene.admin().send("POST", "/apply", Some(&body)).await.map(drop).map_err(|failure| failure.to_string())
}

fn key(scene: &Scene) -> Result<EncodingKey, Trouble> {
    let (_, key) = scene.server_certificate("localhost").map_err(|failure| failure.to_string())?;
    Ok(EncodingKey::from_ec_der(key.secret_der()))
}

/// An event about the person.
fn token(key: &EncodingKey) -> Result<String, Trouble> {
    let header = Header { typ: Some("secevent+jwt".to_owned()), ..Header::new(Algorithm::ES256) };
    let seconds = now().as_seconds();
    let claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "jti": "check-1", "iat": seconds,
        "sub_id": { "format": "email", "email": MAIL }, "events": { REVOKED: { "event_timestamp": seconds } } });
    encode(&header, &claims, key).map_err(|error| error.to_string())
}

/// Pushes a token, and returns the status of the answer.
async fn push(scene: &Scene, program: &mut Browser, token: String) -> Result<StatusCode, Trouble> {
    let url = format!("{}/api/v1/shared-signals/check-idp/events", scene.portal());
    Ok(program.post(&url, "application/secevent+jwt", token).await?.status)
}

/// Reads a WebSocket to its end.
async fn closed(socket: &mut WebSocket) -> Result<(), Trouble> {
    let ended = async {
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| "the WebSocket went on".to_owned())
}
