//! The endpoints for programs, on the portal's host: metadata, keys, tokens, userinfo.

use std::net::IpAddr;

use axum::extract::State;
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use sekisho_model::documents::ClientScope;
use serde_json::json;

use crate::OpenIdProvider;
use crate::id_token::ACR;
use crate::refusal::PROTECTION;
use crate::token::{token, userinfo};

/// The routes for programs. Every request must carry the extension [`sekisho_model::Peer`]. What proves who asks is in the request.
pub fn endpoints(provider: OpenIdProvider) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/openid/jwks", get(jwks))
        .route("/openid/token", post(token))
        .route("/openid/userinfo", get(userinfo).post(userinfo))
        .with_state(provider)
        .route_layer(map_response(protected))
}

async fn protected(mut response: Response) -> Response {
    for (name, value) in PROTECTION {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What applications read first (OpenID Connect Discovery 1.0).
async fn metadata(State(provider): State<OpenIdProvider>) -> Response {
    let at = |path: &str| format!("{}/openid/{path}", provider.issuer);
    let scopes: Vec<&str> = std::iter::once("openid").chain(ClientScope::ALL.map(ClientScope::name)).collect();
    let body = json!({
        "issuer": &*provider.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "end_session_endpoint": at("end-session"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
            "name", "preferred_username", "email", "groups"],
        "acr_values_supported": ACR,
        "prompt_values_supported": ["none", "login"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    (StatusCode::OK, [(CACHE_CONTROL, "max-age=300")], Json(body)).into_response()
}

/// The public halves of the keys that sign ID tokens.
async fn jwks(State(provider): State<OpenIdProvider>) -> Response {
    match provider.keys(provider.services.clock.now()).await {
        Ok(keys) => (StatusCode::OK, [(CACHE_CONTROL, "max-age=300")], Json(keys.published())).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Who asks: an IPv4 address, or the IPv6 network that one subscriber has.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}
