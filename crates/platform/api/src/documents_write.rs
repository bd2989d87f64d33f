//! Documents: write one, remove one, and apply many at once.

use std::collections::BTreeSet;

use axum::extract::Path;
use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Desired, Plan};
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Answer, Body, Condition, Problem, route};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::documents::{DocumentView, missing, shown, view};
use crate::refused::apply as refused;
use crate::{Context, Routes};

/// Documents as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Application {
    /// The documents.
    #[schema(value_type = Vec<DesiredDocument>)]
    documents: Vec<Desired>,
    /// Whether documents that are not named are removed, of the kinds that are.
    #[serde(default)]
    prune: bool,
    /// Whether nothing is changed, and the plan is shown alone.
    #[serde(default)]
    plan_only: bool,
}

/// A document as it is to be.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes `Desired` in the OpenAPI document")]
struct DesiredDocument {
    /// Its kind.
    kind: String,
    /// Its identifier.
    id: String,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
    /// Where it was written, for messages.
    origin: String,
}

/// What was planned and, unless only a plan was asked for, done.
#[derive(Debug, Serialize, ToSchema)]
struct Applied {
    /// The plan: what changes, and what that does to people.
    #[schema(value_type = Object)]
    plan: Plan,
    /// The revision of the store that holds it; absent when only a plan was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::OfKind(table::putting), route!(put))
        .add(Access::OfKind(table::removing), route!(remove))
        .add(Access::OfBody(&[table::planning, table::putting, table::removing]), route!(apply))
        .add(Access::Operator, route!(restore_console))
}

/// Write a document. With `If-Match` it must be at that revision; with `If-None-Match: *` there must be none.
#[utoipa::path(put, path = "/documents/{kind}/{id}", tag = "documents", request_body = Object,
    params(("kind" = String, Path, description = "The kind"), ("id" = String, Path, description = "The identifier")),
    responses((status = 200, body = DocumentView)))]
async fn put(
    call: Context,
    Path((kind, id)): Path<(String, String)>,
    condition: Condition,
    Body(body): Body<Value>,
) -> Result<Answer<DocumentView>, Problem> {
    let kind = shown(&kind)?;
    let control_plane = &call.services.control_plane;
    let revision = control_plane.store.get(kind, &id).await?.map(|document| document.revision);
    condition.check(revision)?;
    let desired = Desired { kind, id: id.clone(), body, origin: "request".to_owned() };
    let plan = control_plane.plan(&[desired], false).await.map_err(refused)?;
    still_at(&plan, revision)?;
    control_plane.execute(&plan, call.actor()?).await.map_err(refused)?;
    let document = control_plane.store.get(kind, &id).await?.ok_or_else(|| missing(kind, &id))?;
    let revision = document.revision;
    Ok(Answer::ok(view(document)).at_revision(revision))
}

/// Remove a document. With `If-Match` it must be at that revision.
#[utoipa::path(delete, path = "/documents/{kind}/{id}", tag = "documents",
    params(("kind" = String, Path, description = "The kind"), ("id" = String, Path, description = "The identifier")),
    responses((status = 204, description = "It is removed.")))]
async fn remove(
    call: Context,
    Path((kind, id)): Path<(String, String)>,
    condition: Condition,
) -> Result<Answer<()>, Problem> {
    let kind = shown(&kind)?;
    if !kind.is_administered() {
        let title = format_args!("a {kind} is made by Sekisho itself, and cannot be removed as a document");
        return Err(Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "wrong-documents", title));
    }
    let control_plane = &call.services.control_plane;
    let revision = control_plane.store.get(kind, &id).await?.map(|document| document.revision);
    condition.check(revision)?;
    let plan = control_plane.plan_removal(kind, &id).await.map_err(refused)?.ok_or_else(|| missing(kind, &id))?;
    still_at(&plan, revision)?;
    control_plane.execute(&plan, call.actor()?).await.map_err(refused)?;
    Ok(Answer::done())
}

/// Make documents as they are written: all of them, or none.
#[utoipa::path(post, path = "/apply", tag = "documents", request_body = Application, responses((status = 200, body = Applied)))]
async fn apply(call: Context, Body(application): Body<Application>) -> Result<Answer<Applied>, Problem> {
    let kinds: BTreeSet<Kind> = application.documents.iter().map(|document| document.kind).collect();
    // An empty application demands an act too: a caller who may plan nothing leaves nothing behind.
    let kinds = if kinds.is_empty() { BTreeSet::from([Kind::Settings]) } else { kinds };
    for kind in kinds {
        for act in demanded(&application, kind) {
            call.demand(&act, None).await?;
        }
    }
    let control_plane = &call.services.control_plane;
    let plan = control_plane.plan(&application.documents, application.prune).await.map_err(refused)?;
    if application.plan_only {
        return Ok(Answer::ok(Applied { plan, revision: None }));
    }
    let revision = control_plane.execute(&plan, call.actor()?).await.map_err(refused)?;
    Ok(Answer::ok(Applied { plan, revision: Some(revision) }))
}

/// What an application demands for each kind of its documents.
fn demanded(application: &Application, kind: Kind) -> Vec<ActSpec> {
    match (application.plan_only, application.prune) {
        (true, _) => vec![table::planning(kind)],
        (false, false) => vec![table::putting(kind)],
        (false, true) => vec![table::putting(kind), table::removing(kind)],
    }
}

/// What was put back.
#[derive(Debug, Serialize, ToSchema)]
struct Restored {
    /// The documents, `kind/id`.
    restored: Vec<String>,
}

/// Put the bootstrap documents back: the way out for operators whom the policies have locked out of the console.
#[utoipa::path(post, path = "/restore-console", tag = "platform", responses((status = 200, body = Restored)))]
async fn restore_console(call: Context) -> Result<Answer<Restored>, Problem> {
    let restored = call.services.control_plane.restore_console(call.actor()?).await.map_err(refused)?;
    Ok(Answer::ok(Restored { restored }))
}

/// Rejects a plan that was made on another revision than the condition was checked on.
fn still_at(plan: &Plan, revision: Option<u64>) -> Result<(), Problem> {
    match plan.steps.iter().all(|step| step.expected == revision) {
        true => Ok(()),
        false => Err(Problem::conflict("somebody else changed the document in between: read it again and repeat")),
    }
}
