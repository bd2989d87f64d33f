//! Documents: list, show, history.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Response};
use sekisho_control_plane::acts::table;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Answer, Condition, Page, Paging, Problem, documents, route};
use sekisho_store::{Document, Past};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Context, Routes};

/// A document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentView {
    /// Its kind.
    kind: &'static str,
    /// Its identifier within its kind.
    id: String,
    /// The revision of the whole store that wrote it.
    revision: u64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who wrote it.
    actor: String,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
}

/// One revision of a document.
#[derive(Debug, Serialize, ToSchema)]
struct PastView {
    /// The revision of the whole store.
    revision: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it.
    actor: String,
    /// What it said; null when it was removed.
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::OfKind(table::reading), route!(list))
        .add(Access::OfKind(table::reading), route!(show))
        .add(Access::OfKind(table::reading), route!(history))
}

/// List documents of a kind.
#[utoipa::path(get, path = "/documents/{kind}", tag = "documents",
    params(Paging, ("kind" = String, Path, description = "The kind, for example `resource`")),
    responses((status = 200, body = Page<DocumentView>)))]
async fn list(
    call: Context,
    Path(kind): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<DocumentView>>, Problem> {
    let page = documents(&call.services.control_plane.store, shown(&kind)?, &paging, |_| true).await?;
    Ok(Answer::ok(page.map(view)))
}

/// Show a document.
#[utoipa::path(get, path = "/documents/{kind}/{id}", tag = "documents",
    params(("kind" = String, Path, description = "The kind"), ("id" = String, Path, description = "The identifier")),
    responses((status = 200, body = DocumentView), (status = 304, description = "The caller has this revision already.")))]
async fn show(
    call: Context,
    Path((kind, id)): Path<(String, String)>,
    condition: Condition,
) -> Result<Response, Problem> {
    let kind = shown(&kind)?;
    let document = call.services.control_plane.store.get(kind, &id).await?.ok_or_else(|| missing(kind, &id))?;
    if let Some(unchanged) = condition.unchanged(document.revision) {
        return Ok(unchanged);
    }
    let revision = document.revision;
    Ok(Answer::ok(view(document)).at_revision(revision).into_response())
}

/// Show every revision of a document, newest first. It is there for removed documents too.
#[utoipa::path(get, path = "/documents/{kind}/{id}/history", tag = "documents",
    params(("kind" = String, Path, description = "The kind"), ("id" = String, Path, description = "The identifier")),
    responses((status = 200, body = Page<PastView>)))]
async fn history(call: Context, Path((kind, id)): Path<(String, String)>) -> Result<Answer<Page<PastView>>, Problem> {
    let kind = shown(&kind)?;
    let history = call.services.control_plane.store.history(kind, &id).await?;
    if history.is_empty() && call.services.control_plane.store.get(kind, &id).await?.is_none() {
        return Err(missing(kind, &id));
    }
    Ok(Answer::ok(Page { items: history.into_iter().map(past).collect(), next: None }))
}

/// The kind with that name, whose documents people may read.
pub(crate) fn shown(kind: &str) -> Result<Kind, Problem> {
    let unknown = || Problem::not_found(format_args!("`{}` is no kind of document", kind.escape_debug()));
    Kind::from_name(kind).filter(|kind| kind.is_shown()).ok_or_else(unknown)
}

pub(crate) fn missing(kind: Kind, id: &str) -> Problem {
    Problem::not_found(format_args!("there is no {kind} `{}`", id.escape_debug()))
}

pub(crate) fn view(document: Document) -> DocumentView {
    DocumentView {
        kind: document.kind.name(),
        id: document.id,
        revision: document.revision,
        at: document.at,
        actor: document.actor,
        body: document.body,
    }
}

fn past(past: Past) -> PastView {
    PastView { revision: past.revision, at: past.at, actor: past.actor, body: past.body }
}
