//! Sessions: list, end.

use axum::extract::{Path, Query};
use sekisho_control_plane::acts::table;
use sekisho_model::UserId;
use sekisho_model::documents::{Kind, Session};
use sekisho_rest::{Access, Answer, Page, Paging, Problem, default_limit, documents, limit, route, session_digits};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::refused::{act, identifier};
use crate::{Context, Routes};

/// The fewest digits of an identifier that name a session.
const FEWEST_DIGITS: usize = 4;

/// Which sessions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    after: Option<String>,
    /// Only those whose identifier begins so.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Only of this person.
    #[param(max_length = 256)]
    user: Option<String>,
}

/// A session that ended.
#[derive(Debug, Serialize, ToSchema)]
struct Ended {
    /// How many sessions ended.
    ended: usize,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::Act(table::SESSIONS_READ), route!(list))
        .add(Access::Act(table::SESSION_ENDED), route!(end))
        .add(Access::Act(table::SESSIONS_ENDED), route!(end_all))
}

/// List live sessions.
#[utoipa::path(get, path = "/sessions", tag = "sessions", params(Wanted), responses((status = 200, body = Page<Object>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<Value>>, Problem> {
    let paging = Paging { limit: wanted.limit, after: wanted.after, q: wanted.q };
    let is_of = |body: &Value| wanted.user.as_deref().is_none_or(|user| body.get("user").is_some_and(|it| it == user));
    let store = &call.services.control_plane.store;
    let page = documents(store, Kind::Session, &paging, |document| is_of(&document.body)).await?;
    Ok(Answer::ok(page.map(|document| document.body)))
}

/// End a session: everything open in it is cut.
#[utoipa::path(post, path = "/sessions/{session}/end", tag = "sessions",
    params(("session" = String, Path, description = "The identifier of a live session, or its first four digits or more")),
    responses((status = 200, body = Ended)))]
async fn end(call: Context, Path(session): Path<String>) -> Result<Answer<Ended>, Problem> {
    let session = find(&call, &session).await?;
    if call.world.session(&session.id).is_none() {
        // It began after the snapshot that the guard decided by, so the guard did not know whose it is.
        call.demand(&table::SESSION_ENDED, Some(&session.user)).await?;
    }
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).end_session(&session.id).await.map_err(act)?;
    Ok(Answer::ok(Ended { ended: 1 }))
}

/// End every session of a person, and every sign-in under way.
#[utoipa::path(post, path = "/users/{user}/sessions/end", tag = "sessions",
    params(("user" = String, Path, description = "The account's name")), responses((status = 200, body = Ended)))]
async fn end_all(call: Context, Path(user): Path<String>) -> Result<Answer<Ended>, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    let ended = acts.by(call.actor()?, call.now).end_sessions_of(&user).await.map_err(act)?;
    Ok(Answer::ok(Ended { ended }))
}

/// The one session whose identifier begins so.
async fn find(call: &Context, beginning: &str) -> Result<Session, Problem> {
    let beginning = session_digits(beginning);
    if beginning.len() < FEWEST_DIGITS {
        return Err(Problem::wrong("give at least four digits of the session's identifier"));
    }
    let documents = call.services.control_plane.store.list_all(Kind::Session).await?;
    let sessions = documents.into_iter().filter_map(|document| serde_json::from_value::<Session>(document.body).ok());
    let mut found = sessions.filter(|session| session.id.to_string().starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(session), None) => Ok(session),
        (None, _) => {
            Err(Problem::not_found(format_args!("no live session begins with `{}`", beginning.escape_debug())))
        }
        (Some(_), Some(_)) => Err(Problem::conflict(format_args!("several sessions begin with `{beginning}`"))),
    }
}
