//! The checks before every handler: a credential, then the decision on the act, then whether the request was answered before.

use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sekisho_model::UserId;
use sekisho_model::documents::Kind;
use sekisho_policy_information::World;

use crate::{Access, Call, Problem, idempotency};

/// Passes a request on to its handler, or answers it.
pub(crate) async fn guard(
    State(access): State<Access>,
    call: Call<Access>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    match enter(&call, access, &parameters).await {
        Ok(()) => idempotency::answer(&call, request, next).await,
        Err(problem) => problem.into_response(),
    }
}

/// Rejects a caller who may not use the route.
// INVARIANT I-26: a route of the API runs only for callers whom its access names.
async fn enter(call: &Call<Access>, access: Access, parameters: &RawPathParams) -> Result<(), Problem> {
    match access {
        Access::Anyone => Ok(()),
        Access::SignedIn | Access::OfBody(_) => call.caller().map(drop),
        Access::Operator if call.caller()?.is_operator() => Ok(()),
        Access::Operator => Err(Problem::forbidden(
            "only the operator may do this, at the local socket of the machine that runs the platform",
        )),
        Access::Act(act) => {
            call.caller()?;
            call.demand(&act, about(&call.world, parameters).as_ref()).await
        }
        Access::OfKind(act) => {
            call.caller()?;
            let name = parameter(parameters, "kind").unwrap_or_default();
            let kind = Kind::from_name(name).filter(|kind| kind.is_shown());
            let unknown = || Problem::not_found(format_args!("`{}` is no kind of document", name.escape_debug()));
            call.demand(&act(kind.ok_or_else(unknown)?), None).await
        }
    }
}

/// The person whom an act of this route changes: the `user` of its path, or the one whose `session` it names.
fn about(world: &World, parameters: &RawPathParams) -> Option<UserId> {
    if let Some(user) = parameter(parameters, "user") {
        return user.parse().ok();
    }
    let beginning = session_digits(parameter(parameters, "session")?);
    let session = world.sessions().find(|session| session.id.to_string().starts_with(beginning))?;
    world.id(session.subject).parse().ok()
}

/// The digits of a session's identifier that a path names: commands and pages show the first ones, followed by `…`.
#[must_use]
pub fn session_digits(text: &str) -> &str {
    text.trim_end_matches('…')
}

fn parameter<'a>(parameters: &'a RawPathParams, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
