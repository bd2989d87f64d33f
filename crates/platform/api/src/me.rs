//! `GET /me`: who calls, and what they may do.

use sekisho_control_plane::acts::table;
use sekisho_model::Timestamp;
use sekisho_rest::{Access, Answer, Problem, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Context, Routes};

/// Who calls, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Who calls, as the record names them.
    actor: String,
    /// The account of the person, or of the token's owner. Null for the operator.
    user: Option<String>,
    /// When the session or the token ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The acts that the policies permit now. An act on somebody with a role of administration may demand more.
    acts: Vec<&'static str>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::SignedIn, route!(me))
}

/// Who calls.
#[utoipa::path(get, path = "/me", tag = "platform", responses((status = 200, body = Me)))]
async fn me(call: Context) -> Result<Answer<Me>, Problem> {
    let caller = call.caller()?;
    let user = caller.actor.user().map(ToOwned::to_owned);
    let acts = table::ALL.iter().filter(|act| call.may(act)).map(|act| act.code);
    Ok(Answer::ok(Me { actor: caller.actor.to_string(), user, expires_at: caller.expires_at(), acts: acts.collect() }))
}
