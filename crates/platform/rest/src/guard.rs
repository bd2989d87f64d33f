//! The checks before every handler: a credential, then the decision on the act, then whether the request was answered before.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sekisho_capability::ActSpec;
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
    match passed(call, access, &parameters, request).await {
        // Of whom nobody knows, nothing is kept.
        Ok((_, request)) if matches!(access, Access::Anyone) => next.run(request).await,
        Ok((call, request)) => idempotency::answer(&call, request, next, access.keeps_answers()).await,
        Err(problem) => problem.into_response(),
    }
}

/// The request with its whole body, and the call as it is decided: as of the end of the body.
///
/// A client may take its time over a body, and meanwhile sessions end, tokens are revoked and people lose roles. What was true when the
/// head arrived permits nothing.
// INVARIANT I-10: a request is decided on the facts of the moment in which it is carried out.
async fn passed(
    call: Call<Access>,
    access: Access,
    parameters: &RawPathParams,
    request: Request,
) -> Result<(Call<Access>, Request), Problem> {
    knock(&call, access).await?;
    refuse_control_characters(parameters, request.uri())?;
    let (mut head, body) = request.into_parts();
    let (call, body) = if head.method.is_safe() {
        (call, body)
    } else {
        let body = whole(body, access).await?;
        let call = call.again(&head);
        head.extensions.insert(call.bare());
        (call, Body::from(body))
    };
    enter(&call, access, parameters).await?;
    Ok((call, Request::from_parts(head, body)))
}

/// Rejects a caller who may not send a body at all, before it is read.
async fn knock(call: &Call<Access>, access: Access) -> Result<(), Problem> {
    match access {
        Access::Anyone => Ok(()),
        Access::OfBody(acts) => {
            call.caller()?;
            if may_any(call, acts) {
                return Ok(());
            }
            // The refusal is a decision like every other.
            for act in acts.iter() {
                call.demand(&act(Kind::Settings), None).await?;
            }
            Ok(())
        }
        _ => call.caller().map(drop),
    }
}

/// Whether the caller may do any of these acts on documents of any kind.
fn may_any(call: &Call<Access>, acts: &[fn(Kind) -> ActSpec]) -> bool {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_administered());
    kinds.flat_map(|kind| acts.iter().map(move |act| act(kind))).any(|act| call.may(&act))
}

/// The whole body, within the limits of its route.
async fn whole(body: Body, access: Access) -> Result<Bytes, Problem> {
    let (limit, time) = access.body();
    let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is too large, or broke off");
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not arrive in time");
    tokio::time::timeout(time, to_bytes(body, limit)).await.map_err(late)?.map_err(too_large)
}

/// Rejects what no identifier and no cursor holds, and what a database rejects as a failure of its own.
fn refuse_control_characters(parameters: &RawPathParams, uri: &http::Uri) -> Result<(), Problem> {
    let in_path = parameters.iter().any(|(_, value)| value.chars().any(char::is_control));
    let in_query = uri.query().is_some_and(|query| query.contains("%00"));
    match in_path || in_query {
        true => Err(Problem::wrong("the address holds a control character")),
        false => Ok(()),
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
