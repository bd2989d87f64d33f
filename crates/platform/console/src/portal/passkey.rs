//! Signing in with a passkey: the two requests of the page's script.

use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use sekisho_identity::Ceremony;
use serde::Deserialize;
use serde_json::{Value, json};

use super::session;
use crate::guard::Access;
use crate::onward::{Onward, OnwardQuery};
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.post("/sign-in/passkey/start", Access::Anyone, start).post("/sign-in/passkey/finish", Access::Anyone, finish)
}

/// What the script sends back: the sealed state, the browser's answer, and a name where one is given.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) state: String,
    pub(super) response: Value,
    #[serde(default)]
    pub(super) name: String,
}

/// What the script begins with.
pub(super) fn begun(ceremony: &Ceremony) -> Response {
    Json(json!({ "state": ceremony.state, "options": ceremony.options })).into_response()
}

/// Where the script goes on to.
pub(super) fn go_on(address: &str) -> Response {
    Json(json!({ "location": address })).into_response()
}

async fn start(visit: Visit) -> Result<Response, Problem> {
    let ceremony = visit.state.identity.begin_passkey(None, visit.peer.address.ip(), visit.now).await?;
    Ok(begun(&ceremony))
}

async fn finish(
    visit: Visit,
    Query(query): Query<OnwardQuery>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let onward = Onward::from(query);
    if visit.person.is_some() {
        return Ok(go_on(&onward.address()));
    }
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    let signed_in = identity.finish_passkey(&answer.state, &answer.response, address, visit.now).await?;
    let session = session::open(&visit, signed_in).await?;
    Ok(session::enter(&visit, &session, go_on(&onward.address())))
}
