//! Sessions: list, end.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_model::documents::{Kind, Session};
use sekisho_model::{SessionId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, now};

pub(super) async fn list(State(control_plane): State<ControlPlane>) -> Result<Json<Value>, Problem> {
    let documents = control_plane.store.list_all(Kind::Session).await?;
    Ok(Json(Value::Array(documents.into_iter().map(|document| document.body).collect())))
}

pub(super) async fn end(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(beginning): Path<String>,
) -> Result<Json<Value>, Problem> {
    let session = find(&control_plane, &beginning).await?;
    control_plane.acts().by(actor, now()).end_session(&session).await?;
    Ok(Json(json!({ "ended": 1 })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    user: UserId,
}

pub(super) async fn end_all(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Json(Whose { user }): Json<Whose>,
) -> Result<Json<Value>, Problem> {
    let ended = control_plane.acts().by(actor, now()).end_sessions_of(&user).await?;
    Ok(Json(json!({ "ended": ended })))
}

/// The one session whose identifier begins so.
async fn find(control_plane: &ControlPlane, beginning: &str) -> Result<SessionId, Problem> {
    let beginning = beginning.trim_end_matches('…');
    let documents = control_plane.store.list_all(Kind::Session).await?;
    let sessions = documents.into_iter().filter_map(|document| serde_json::from_value::<Session>(document.body).ok());
    let mut found = sessions.map(|session| session.id).filter(|id| id.to_string().starts_with(beginning));
    match (beginning.len() >= 4, found.next(), found.next()) {
        (false, _, _) => Err(Problem::wrong("give at least four digits of the session's identifier")),
        (true, Some(session), None) => Ok(session),
        (true, None, _) => Err(Problem::not_found(format_args!("no live session begins with `{beginning}`"))),
        (true, Some(_), Some(_)) => Err(Problem::wrong(format_args!("several sessions begin with `{beginning}`"))),
    }
}
