//! The device authorisation grant: ask, and collect what the person approved.

use std::net::IpAddr;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::USER_AGENT;
use http::{HeaderMap, StatusCode};
use sekisho_identity::{Failure, Secret, TerminalAnswer, TerminalAsk};
use sekisho_model::Peer;
use sekisho_model::documents::Session;
use sekisho_policy_enforcement::{Audience, SessionCookie};
use serde::Deserialize;
use serde_json::json;

use crate::{INTERVAL, Terminal, answers};

/// The only client there is: the command line. It has no secret; the device's key is its proof.
const CLIENT: &str = "sekisho-cli";
/// The grant's registered name.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Deserialize)]
pub(crate) struct Ask {
    client_id: String,
    /// What the machine calls itself.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(crate) struct Collect {
    grant_type: String,
    client_id: String,
    device_code: Secret,
}

pub(crate) async fn metadata(State(terminal): State<Terminal>, headers: HeaderMap) -> Response {
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let value = json!({
        "issuer": format!("https://{host}"),
        "device_authorization_endpoint": format!("https://{host}/device_authorization"),
        "token_endpoint": format!("https://{host}/token"),
        "grant_types_supported": [GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "tls_client_certificate_bound_access_tokens": true,
        "response_types_supported": [],
        "service_documentation": format!("{}/terminal", terminal.site.origin()),
    });
    answers::json(StatusCode::OK, &value)
}

/// `POST /device_authorization` (RFC 8628, 3.1).
pub(crate) async fn ask(
    State(terminal): State<Terminal>,
    Extension(peer): Extension<Peer>,
    form: Result<Form<Ask>, FormRejection>,
) -> Response {
    let Ok(Form(ask)) = form else { return answers::invalid_request("send `client_id` as a form") };
    if ask.client_id != CLIENT {
        return answers::error(StatusCode::BAD_REQUEST, "invalid_client", "there is one client: `sekisho-cli`");
    }
    let site = &terminal.site;
    let now = (site.clock)();
    if !terminal.asks.take(&network(peer.address.ip()), now) {
        return answers::too_many();
    }
    let asked = TerminalAsk { device: peer.device, address: peer.address.ip(), name: ask.name };
    let codes = match terminal.identity.ask_for_terminal(asked, now).await {
        Ok(codes) => codes,
        Err(Failure::NotFound(_)) => return answers::no_terminal(),
        Err(_) => return answers::unavailable(),
    };
    let address = format!("{}/terminal", site.origin());
    let value = json!({
        "device_code": codes.device_code.expose(),
        "user_code": codes.user_code,
        "verification_uri": address,
        "verification_uri_complete": format!("{address}?code={}", codes.user_code),
        "expires_in": codes.lifetime.as_millis() / 1000,
        "interval": INTERVAL,
    });
    answers::json(StatusCode::OK, &value)
}

/// `POST /token` (RFC 8628, 3.4).
pub(crate) async fn collect(
    State(terminal): State<Terminal>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Form<Collect>, FormRejection>,
) -> Response {
    let Ok(Form(collect)) = form else {
        return answers::invalid_request("send `grant_type`, `client_id` and `device_code` as a form");
    };
    if collect.grant_type != GRANT || collect.client_id != CLIENT {
        return answers::error(StatusCode::BAD_REQUEST, "unsupported_grant_type", GRANT);
    }
    let site = &terminal.site;
    let now = (site.clock)();
    if !terminal.guesses.take(&network(peer.address.ip()), now) {
        return answers::too_many();
    }
    // As long as a code of ours, or no code: the limiter's memory holds nothing longer.
    let code = collect.device_code.expose();
    if code.len() != 43 {
        return expired();
    }
    if !terminal.polls.take(code, now) {
        return answers::error(StatusCode::BAD_REQUEST, "slow_down", "ask less often");
    }
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let (device, address) = (peer.device.as_ref(), peer.address.ip());
    match terminal.identity.collect_terminal(code, device, address, agent, now).await {
        Ok(TerminalAnswer::Pending) => {
            answers::error(StatusCode::BAD_REQUEST, "authorization_pending", "nobody has answered yet")
        }
        Ok(TerminalAnswer::Refused) => answers::error(StatusCode::BAD_REQUEST, "access_denied", "it was refused"),
        Ok(TerminalAnswer::Expired) => expired(),
        Ok(TerminalAnswer::Approved(session)) => issued(&terminal, &peer, &session).await,
        Err(Failure::Unavailable(_) | Failure::Conflict) => answers::unavailable(),
        Err(failure) => {
            tracing::warn!(%failure, "a terminal was not signed in");
            answers::error(StatusCode::BAD_REQUEST, "access_denied", failure.code())
        }
    }
}

fn expired() -> Response {
    answers::error(StatusCode::BAD_REQUEST, "expired_token", "the code has expired or was used: start again")
}

async fn issued(terminal: &Terminal, peer: &Peer, session: &Session) -> Response {
    let site = &terminal.site;
    site.shows_session(session.id, Some(session.rotation)).await;
    let cookie = SessionCookie { session: session.id, rotation: session.rotation };
    // INVARIANT I-15: made for the key that this very connection proved.
    let audience = Audience::Terminal(peer.device.as_ref().map(|device| device.key_sha256.as_str()));
    let value = json!({
        "access_token": cookie.value(&site.cookie_key, audience),
        "token_type": "Bearer",
        "expires_in": session.expires_at.since((site.clock)()).as_millis() / 1000,
        "user": session.user,
        "session": session.id.short(),
        "device": session.device,
        "expires_at": session.expires_at,
    });
    answers::json(StatusCode::OK, &value)
}

/// Who asks: an IPv4 address, or the IPv6 network that one subscriber has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}
