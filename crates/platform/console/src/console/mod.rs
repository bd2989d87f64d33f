//! Administrators' pages. Whether somebody is one, the policy engine decides at every request.

mod decisions;
mod devices;
mod explanation;
mod policies;
mod resources;
mod sessions;
mod users;
mod users_change;

use axum::response::Response;
use sekisho_model::{Act, Action, Actor, Record};
use serde_json::Value;

use crate::answer;
use crate::guard::Access;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

/// Looking at something.
pub(crate) const READ: Access = Access::Console(Action::Read);
/// Changing something.
pub(crate) const ADMINISTER: Access = Access::Console(Action::Administer);
/// How many rows a page of a list has.
const ROWS: u32 = 100;

/// The console's routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    [
        decisions::routes,
        sessions::routes,
        devices::routes,
        users::routes,
        users_change::routes,
        resources::routes,
        policies::routes,
    ]
    .into_iter()
    .fold(routes.get("/console", READ, first_page), |routes, add| add(routes))
}

async fn first_page() -> Response {
    answer::see_other("/console/decisions")
}

/// The administrator of this visit, as the ledger names them.
fn administrator(visit: &Visit) -> Result<Actor, Problem> {
    Ok(Actor::User(visit.person()?.id.to_string()))
}

/// Records an act before it is done.
async fn record(visit: &Visit, act: &str, target: String) -> Result<(), Problem> {
    let act = Act { at: visit.now, actor: administrator(visit)?, act: act.to_owned(), target, detail: Value::Null };
    visit.state.ledger.append(Record::Act(act)).await.map(|_| ()).map_err(|error| {
        tracing::error!(%error, "an act could not be recorded");
        Problem::Unavailable
    })
}
