//! Signing in with a passkey: the two requests of the page's script.

use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use sekisho_identity::Ceremony;
use sekisho_web::{Access, Problem};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::return_to::{ReturnTo, ReturnToQuery};
use crate::{Context, Routes, session};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/sign-in/passkey/start", Access::Anyone, start).post("/sign-in/passkey/finish", Access::Anyone, finish)
}

/// What the script sends back: the sealed state, the browser's answer, and a name where one is given.
#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) state: String,
    pub(crate) response: Value,
    #[serde(default)]
    pub(crate) name: String,
}

impl Answer {
    /// The name for a new passkey: the given one, or a fixed text when none was given.
    pub(crate) fn passkey_name(&self, context: &Context) -> String {
        match self.name.trim() {
            "" => context.say("passkey-unnamed"),
            given => given.to_owned(),
        }
    }
}

/// What the script begins with.
pub(crate) fn begun(ceremony: &Ceremony) -> Response {
    Json(json!({ "state": ceremony.state, "options": ceremony.options })).into_response()
}

/// Where the script goes on to.
pub(crate) fn go_on(address: &str) -> Response {
    Json(json!({ "location": address })).into_response()
}

async fn start(context: Context) -> Result<Response, Problem> {
    let ceremony = context.services.identity.begin_passkey(None, context.peer.address.ip(), context.now).await?;
    Ok(begun(&ceremony))
}

async fn finish(
    context: Context,
    Query(query): Query<ReturnToQuery>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let return_to = ReturnTo::from(query);
    if context.person.is_some() {
        return Ok(go_on(&return_to.address_when_already_signed_in()));
    }
    let (identity, address) = (&context.services.identity, context.peer.address.ip());
    let signed_in = identity.finish_passkey(&answer.state, &answer.response, address, context.now).await?;
    let session = session::open(&context, signed_in).await?;
    Ok(session::enter(&context, &session, go_on(&return_to.address())))
}
