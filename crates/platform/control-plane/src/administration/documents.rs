//! Documents: list, show with history, apply.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_model::documents::Kind;
use sekisho_store::Document;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, Desired};

/// What to apply.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    documents: Vec<Desired>,
    #[serde(default)]
    prune: bool,
    #[serde(default)]
    plan_only: bool,
}

pub(super) async fn apply(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Json(application): Json<Application>,
) -> Result<Json<Value>, Problem> {
    let plan = control_plane.plan(&application.documents, application.prune).await?;
    if application.plan_only {
        return Ok(Json(json!({ "plan": plan })));
    }
    let revision = control_plane.execute(&plan, actor).await?;
    Ok(Json(json!({ "plan": plan, "revision": revision })))
}

/// Puts the bootstrap documents back: the way out for operators whom the policies have locked out of the console.
pub(super) async fn restore_console(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({ "restored": control_plane.restore_console(actor).await? })))
}

pub(super) async fn list(
    State(control_plane): State<ControlPlane>,
    Path(kind): Path<String>,
) -> Result<Json<Value>, Problem> {
    let documents = control_plane.store.list_all(shown(&kind)?).await?;
    Ok(Json(Value::Array(documents.iter().map(view).collect())))
}

pub(super) async fn show(
    State(control_plane): State<ControlPlane>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let kind = shown(&kind)?;
    let document = control_plane.store.get(kind, &id).await?;
    let history = control_plane.store.history(kind, &id).await?;
    if document.is_none() && history.is_empty() {
        return Err(Problem::not_found(format_args!("there is no {kind} `{id}`")));
    }
    let past = |past: &sekisho_store::Past| json!({ "revision": past.revision, "at": past.at, "actor": past.actor, "body": past.body });
    let history: Vec<Value> = history.iter().map(past).collect();
    Ok(Json(json!({ "document": document.as_ref().map(view), "history": history })))
}

fn shown(kind: &str) -> Result<Kind, Problem> {
    Kind::from_name(kind)
        .filter(|kind| kind.is_shown())
        .ok_or_else(|| Problem::not_found(format_args!("`{kind}` is not a kind of document that is shown")))
}

fn view(document: &Document) -> Value {
    json!({
        "kind": document.kind, "id": document.id, "revision": document.revision, "at": document.at,
        "actor": document.actor, "body": document.body,
    })
}
