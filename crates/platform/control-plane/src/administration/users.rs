//! Accounts: enable, disable, invite.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_identity::EnrolmentLink;
use sekisho_model::UserId;
use sekisho_model::documents::{Kind, UserStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ApplyError, ControlPlane, Current, CurrentDocuments, Desired, Plan, now};

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
    let document = document.ok_or_else(|| Problem::not_found(format_args!("there is no user `{user}`")))?;
    let plan = plan_of_status(document.revision, document.body, &user, status)?;
    control_plane.execute(&plan, actor).await?;
    Ok(Json(json!({ "user": user, "status": status })))
}

/// A status makes no World with other problems than there were: the organisation is not folded for it, and its policies are not
/// compiled, because what ends somebody's access does not wait for that.
fn plan_of_status(revision: u64, body: Value, user: &UserId, status: UserStatus) -> Result<Plan, ApplyError> {
    let current = Current { revision, body: body.clone() };
    let mut body = body;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("status".to_owned(), json!(status));
    }
    let desired = Desired { kind: Kind::User, id: user.to_string(), body, origin: "-".to_owned() };
    let known = CurrentDocuments::from([((Kind::User, user.to_string()), current)]);
    Plan::make(&known, &[desired], false).map_err(ApplyError::Documents)
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

#[cfg(test)]
mod tests {
    use sekisho_model::documents::User;

    use crate::StepChange;

    use super::*;

    #[test]
    fn a_status_changes_one_field_of_one_document() {
        let user: UserId = "alice".parse().unwrap();
        let body = json!({ "id": "alice", "name": "Alice", "groups": ["staff"], "status": "active" });
        // As the store has it: written out in full.
        let body = serde_json::to_value(serde_json::from_value::<User>(body).unwrap()).unwrap();
        let plan = plan_of_status(7, body.clone(), &user, UserStatus::Disabled).unwrap();
        assert_eq!(plan.steps.len(), 1);
        let step = plan.steps.first().unwrap();
        assert_eq!(
            (step.change, step.expected, step.fields.as_slice()),
            (StepChange::Update, Some(7), ["status".to_owned()].as_slice())
        );
        assert_eq!(step.body.as_ref().unwrap()["status"], "disabled");
        assert_eq!(step.body.as_ref().unwrap()["groups"], json!(["staff"]));
        // A document that is wrong by itself is still refused.
        assert!(plan_of_status(7, json!({ "id": "alice", "name": 3 }), &user, UserStatus::Disabled).is_err());
    }
}
