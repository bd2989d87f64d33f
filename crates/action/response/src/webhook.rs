//! Messages to servers elsewhere, signed as [Standard Webhooks](https://www.standardwebhooks.com/) says: HMAC-SHA256 over identifier, time
//! and body. The identifier follows from the response, so that a message that is sent again is known as the same one.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use sekisho_capability::{Entropy, NoEntropy};
use sekisho_model::documents::{Kind, Playbook};
use sekisho_model::{Actor, Span, Timestamp};
use sekisho_store::{Expected, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::acts::PLAYBOOK_SECRET_MADE;
use crate::effects::Message;
use crate::failure::ResponseError;
use crate::journal::{Response, State};
use crate::responses::Responses;

/// The length of a secret in bytes: the standard asks for 24 to 64.
const SECRET: usize = 32;
/// How long to wait after each attempt that failed. After the last one it is given up.
const PAUSES: [Span; 5] = [
    Span::from_seconds(5),
    Span::from_seconds(30),
    Span::from_minutes(2),
    Span::from_minutes(10),
    Span::from_minutes(30),
];

/// The secret of a playbook, for one origin.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret {
    /// `https://host:port` of the playbook's address when it was made.
    origin: String,
    /// Base64.
    secret: String,
}

impl Secret {
    /// A new one for the address of a playbook; `None` where it has no address.
    pub(crate) fn new(playbook: &Playbook, entropy: &Entropy) -> Result<Option<Self>, NoEntropy> {
        let Some(origin) = playbook.webhook.as_deref().and_then(origin) else { return Ok(None) };
        let bytes = entropy.bytes::<SECRET>()?;
        Ok(Some(Self { origin, secret: STANDARD.encode(*bytes) }))
    }

    /// As the receiver configures it.
    pub(crate) fn shown(&self) -> String {
        format!("whsec_{}", self.secret)
    }

    /// Keeps it, as an act of somebody.
    pub(crate) async fn keep(&self, responses: &Responses, playbook: &str, actor: Actor) -> Result<(), ResponseError> {
        let services = responses.services();
        let body = json!({ "origin": self.origin, "secret": self.secret });
        let change = services.changes.begin(actor, PLAYBOOK_SECRET_MADE.code, format!("playbook/{playbook}"));
        let change = change.detail(json!({ "origin": self.origin })).put(Kind::Key, id(playbook), Expected::Any, body);
        change.commit(services.clock.now()).await?;
        Ok(())
    }

    /// That of a playbook.
    pub(crate) async fn of(store: &Store, playbook: &str) -> Result<Option<Self>, StoreError> {
        let stored = store.get(Kind::Key, &id(playbook)).await?;
        Ok(stored.and_then(|document| serde_json::from_value(document.body).ok()))
    }

    /// The message about a response; `None` where its address is not the one that the secret was made for.
    pub(crate) fn message(&self, response: &Response, now: Timestamp) -> Option<Message> {
        let url = response.webhook.clone()?;
        if origin(&url)? != self.origin {
            return None;
        }
        let (id, body) = (message_id(response), body(response));
        let seconds = now.as_seconds().to_string();
        let secret = STANDARD.decode(&self.secret).ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(tag.as_ref()));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [("webhook-id", id), ("webhook-timestamp", seconds), ("webhook-signature", signature)] {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).ok()?);
        }
        Some(Message { url, headers, body })
    }
}

/// When a message that failed so often is sent again; `None` when it is given up.
pub(crate) fn again_at(attempts: u8, now: Timestamp) -> Option<Timestamp> {
    PAUSES.get(usize::from(attempts).saturating_sub(1)).map(|pause| now.plus(*pause))
}

fn message_id(response: &Response) -> String {
    match response.state {
        State::Undoing { .. } => format!("{}.undone", response.id),
        _ => response.id.clone(),
    }
}

fn body(response: &Response) -> String {
    let what = if matches!(response.state, State::Undoing { .. }) { "response.undone" } else { "response.done" };
    let steps = response.steps.iter().map(|step| json!({ "action": step.action, "state": step.state }));
    let data = json!({
        "response": response.id, "playbook": response.playbook, "trigger": response.trigger, "user": response.user,
        "devices": response.devices, "address": response.address, "steps": steps.collect::<Vec<_>>(),
    });
    json!({ "type": what, "timestamp": response.at.to_string(), "data": data }).to_string()
}

fn id(playbook: &str) -> String {
    format!("playbook/{playbook}")
}

fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, host) = (uri.scheme_str()?, uri.host()?.to_ascii_lowercase());
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some(format!("{scheme}://{host}:{port}"))
}
