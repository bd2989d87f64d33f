//! Accounts: enable, disable, invite.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_identity::EnrolmentLink;
use sekisho_model::UserId;
use sekisho_model::documents::UserStatus;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, now};

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
    let acts = control_plane.acts();
    let acting = acts.by(actor, now());
    match status {
        UserStatus::Active => acting.enable_user(&user).await?,
        UserStatus::Disabled => acting.disable_user(&user).await?,
    }
    Ok(Json(json!({ "user": user, "status": status })))
}

/// Removes everything the person can sign in with, ends their sessions, and makes a new link.
pub(super) async fn reset(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = id.parse().map_err(Problem::wrong)?;
    let link = control_plane.acts().by(actor, now()).reset_user(&user).await?;
    Ok(Json(link_view(&control_plane, &link)))
}

pub(super) async fn enrolment_link(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = id.parse().map_err(Problem::wrong)?;
    let link = control_plane.acts().by(actor, now()).make_enrolment_link(&user).await?;
    Ok(Json(link_view(&control_plane, &link)))
}

fn link_view(control_plane: &ControlPlane, link: &EnrolmentLink) -> Value {
    json!({ "user": link.user, "url": control_plane.enrolment_url(link), "expires_at": link.expires_at })
}
