//! The routes of the REST API: the APIs behind resources, their operations, and the check of a document.

use axum::extract::Path;
use sekisho_api_schema::{ApiSchema, LARGEST_DOCUMENT};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::API_DOCUMENTS_READ;
use crate::view::{ApiView, OperationView, all, operations};

/// The routes.
#[must_use]
pub const fn api<S>() -> Api<S> {
    Api {
        name: "api-documents",
        routes: |_| {
            let routes = Routes::new().add(Access::Act(API_DOCUMENTS_READ), route!(list));
            let routes = routes.add(Access::Act(API_DOCUMENTS_READ), route!(list_operations));
            routes.add(Access::Act(API_DOCUMENTS_READ), route!(check)).with(())
        },
    }
}

/// A document that is to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentWanted {
    /// OpenAPI 3.0 or 3.1, in YAML or JSON.
    #[schema(max_length = 524_288)]
    document: String,
}

/// A document that can be enforced.
#[derive(Debug, Serialize, ToSchema)]
struct DocumentChecked {
    /// The title of the API.
    title: String,
    /// The version of the API.
    version: String,
    /// Its operations.
    operations: Vec<OperationView>,
}

/// List the APIs behind resources that have an API document.
#[utoipa::path(get, path = "/api-documents", tag = "api-documents", responses((status = 200, body = Page<ApiView>)))]
async fn list(call: Call<()>) -> Answer<Page<ApiView>> {
    Answer::ok(Page { items: all(&call.world).into_iter().map(|(view, _)| view).collect(), next: None })
}

/// List the operations of the API behind a resource.
#[utoipa::path(get, path = "/api-documents/{resource}/operations", tag = "api-documents",
    params(("resource" = String, Path, description = "The resource")), responses((status = 200, body = Page<OperationView>)))]
async fn list_operations(call: Call<()>, Path(resource): Path<String>) -> Result<Answer<Page<OperationView>>, Problem> {
    let found = all(&call.world).into_iter().find(|(view, _)| view.resource == resource);
    let missing = || Problem::not_found(format_args!("the resource `{resource}` has no API document"));
    let (_, operations) = found.ok_or_else(missing)?;
    Ok(Answer::ok(Page { items: operations, next: None }))
}

/// Check an OpenAPI document without storing it: what of it can be enforced, or where it cannot.
#[utoipa::path(post, path = "/api-documents/check", tag = "api-documents", request_body = DocumentWanted,
    responses((status = 200, body = DocumentChecked)))]
async fn check(_: Call<()>, Body(wanted): Body<DocumentWanted>) -> Result<Answer<DocumentChecked>, Problem> {
    if wanted.document.len() > LARGEST_DOCUMENT {
        return Err(Problem::wrong(format_args!("`document`: write at most {LARGEST_DOCUMENT} bytes")));
    }
    let schema =
        ApiSchema::read(&wanted.document).map_err(|problem| Problem::wrong(format_args!("`document`: {problem}")))?;
    let (title, version) = (schema.title().to_owned(), schema.version().to_owned());
    Ok(Answer::ok(DocumentChecked { title, version, operations: operations(&schema) }))
}
