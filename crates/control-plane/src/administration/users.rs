//! Accounts: enable, disable, invite.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_identity::EnrolmentLink;
use sekisho_model::UserId;
use sekisho_model::documents::{Kind, UserStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, Desired, now};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    status: UserStatus,
}

pub(super) async fn set_status(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
    Json(Status { status }): Json<Status>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = id.parse().map_err(Problem::wrong)?;
    let document = control_plane.store.get(Kind::User, user.as_str()).await?;
    let mut body = document.ok_or_else(|| Problem::not_found(format_args!("there is no user `{user}`")))?.body;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("status".to_owned(), json!(status));
    }
    let desired = Desired { kind: Kind::User, id: user.to_string(), body, origin: "-".to_owned() };
    let plan = control_plane.plan(&[desired], false).await?;
    control_plane.execute(&plan, actor).await?;
    Ok(Json(json!({ "user": user, "status": status })))
}

/// Removes everything the person can sign in with, ends their sessions, and makes a new link.
pub(super) async fn reset(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = id.parse().map_err(Problem::wrong)?;
    let link = control_plane.identity.reset(&user, actor, now()).await.map_err(Problem::wrong)?;
    Ok(Json(link_view(&control_plane, &link)))
}

pub(super) async fn enrolment_link(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = id.parse().map_err(Problem::wrong)?;
    let link = control_plane.identity.enrolment_link(&user, actor, now()).await.map_err(Problem::wrong)?;
    Ok(Json(link_view(&control_plane, &link)))
}

fn link_view(control_plane: &ControlPlane, link: &EnrolmentLink) -> Value {
    json!({ "user": link.user, "url": control_plane.enrolment_url(link), "expires_at": link.expires_at })
}
