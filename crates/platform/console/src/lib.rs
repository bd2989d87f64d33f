//! The pages that administrators see: decisions, sessions, devices, users, resources, policies.
//!
//! [`routes`] lists them; the policy engine decides at every request whether the person may use the console.

mod decisions;
mod devices;
mod explanation;
mod policies;
mod resources;
mod sessions;
mod users;
mod users_change;

use axum::response::Response;
use http::StatusCode;
use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::{ActRefusal, Acts, table};
use sekisho_devices::Devices;
use sekisho_identity::{Failure, Identity};
use sekisho_model::{Action, Actor};
use sekisho_web::{Access, Problem, RequestContext, access, answer, messages};

/// What the console's pages act through. A cheap handle.
#[derive(Clone)]
pub struct Services {
    /// Accounts, authenticators, sign-in and sessions.
    pub identity: Identity,
    /// Devices.
    pub devices: Devices,
}

type Context = RequestContext<Services>;
type Routes = sekisho_web::Routes<Services>;

/// How many rows a page of a list has.
const ROWS: u32 = 100;

/// The console's routes.
#[must_use]
pub fn routes() -> Routes {
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
    .fold(Routes::new().get("/console", Access::Console(Action::Read), first_page), |routes, add| add(routes))
}

/// The pages of the console, each with the act that looks at it.
const PAGES: [(&str, ActSpec); 6] = [
    ("/console/decisions", table::DECISIONS_READ),
    ("/console/users", table::USERS_READ),
    ("/console/devices", table::DEVICES_READ),
    ("/console/sessions", table::SESSIONS_READ),
    ("/console/policies", table::POLICIES_READ),
    ("/console/resources", table::RESOURCES_READ),
];

/// The first page that this person may see.
async fn first_page(context: Context) -> Response {
    let mut pages = PAGES.iter().filter(|(_, act)| access::may(&context, act, None));
    answer::see_other(pages.next().map_or("/console/decisions", |(path, _)| path))
}

/// The administrator of this request, as the ledger names them.
fn administrator(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}

/// The administrative acts: those that the administration socket does too.
fn acts(context: &Context) -> Acts {
    let Services { identity, devices } = &context.services;
    Acts::new(context.site.store.clone(), context.site.ledger.clone(), identity.clone(), devices.clone())
}

/// Why an act was not done, as a page tells it.
fn refused(refusal: ActRefusal) -> Problem {
    match refusal {
        ActRefusal::OwnAccount => Problem::refused(StatusCode::BAD_REQUEST, messages::text("problem-own-account-text")),
        ActRefusal::TokenOverOwner | ActRefusal::Token(_) => {
            Problem::refused(StatusCode::BAD_REQUEST, messages::text("problem-token-text"))
        }
        ActRefusal::NoUser(_) | ActRefusal::NoDevice(_) | ActRefusal::NoSession(_) => Problem::NotFound,
        ActRefusal::Identity(failure) => Problem::from(failure),
        ActRefusal::Conflict(_) => Problem::from(Failure::Conflict),
        ActRefusal::Devices(_) | ActRefusal::Damaged(_) | ActRefusal::Failed(_) => {
            tracing::error!(error = %refusal, "an act could not be done");
            Problem::Unavailable
        }
    }
}
