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
            let about = about(&call.world, parameters);
            call.demand(&act, about.as_ref().ok().and_then(Option::as_ref)).await?;
            about.map(drop)
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
///
/// # Errors
/// A session that the World does not show, or that the path does not name alone, is not found: nobody knows whose it is, so it cannot be
/// decided who may end it.
fn about(world: &World, parameters: &RawPathParams) -> Result<Option<UserId>, Problem> {
    if let Some(user) = parameter(parameters, "user") {
        return Ok(user.parse().ok());
    }
    let Some(session) = parameter(parameters, "session") else { return Ok(None) };
    let beginning = session_digits(session);
    let mut found = world.sessions().filter(|session| session.id.to_string().starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(session), None) => Ok(world.id(session.subject).parse().ok()),
        (None, _) => {
            Err(Problem::not_found(format_args!("no live session begins with `{}`", beginning.escape_debug())))
        }
        (Some(_), Some(_)) => {
            Err(Problem::conflict(format_args!("several sessions begin with `{}`", beginning.escape_debug())))
        }
    }
}

/// The digits of a session's identifier that a path names: commands and pages show the first ones, followed by `…`.
#[must_use]
pub fn session_digits(text: &str) -> &str {
    text.trim_end_matches('…')
}

fn parameter<'a>(parameters: &'a RawPathParams, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
