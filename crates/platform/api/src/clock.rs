//! The clock: the act that accepts what the system's clock shows.

use sekisho_control_plane::capabilities::clock;
use sekisho_rest::{Access, Answer, Problem, route};
use serde_json::Value;

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Operator, route!(accept))
}

/// Go by what the system's clock shows from here on: the operator knows that it is right.
#[utoipa::path(post, path = "/clock/accept", tag = "platform", responses((status = 200, body = Object)))]
async fn accept(call: Context) -> Result<Answer<Value>, Problem> {
    let control_plane = &call.services.control_plane;
    let (store, ledger) = (&control_plane.store, &control_plane.ledger);
    let accepted = clock::accept(store, ledger, &control_plane.clock, call.actor()?).await;
    accepted.map(Answer::ok).map_err(Problem::failed)
}
