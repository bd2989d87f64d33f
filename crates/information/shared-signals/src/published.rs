//! What the platform publishes of itself as a transmitter: its configuration (SSF 1.0, section 7.2) and its public keys.

use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sekisho_web::{Access, Problem, RequestContext, Routes};
use serde_json::Value;

use crate::SharedSignals;

type Context = RequestContext<SharedSignals>;

/// Two routes, for anybody: who verifies an event has no account here.
pub(crate) fn routes(routes: Routes<SharedSignals>) -> Routes<SharedSignals> {
    routes
        .get("/.well-known/ssf-configuration", Access::Anyone, configuration)
        .get("/.well-known/ssf-keys", Access::Anyone, keys)
}

async fn configuration(context: Context) -> Response {
    json(&context.services.configuration())
}

async fn keys(context: Context) -> Result<Response, Problem> {
    let signing = context.services.signing().await.map_err(|_| Problem::Unavailable)?;
    Ok(json(&signing.published()))
}

fn json(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")], value.to_string()).into_response()
}
