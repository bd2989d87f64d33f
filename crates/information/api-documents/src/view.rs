//! What routes and pages show of an API.

use sekisho_api_schema::{ApiSchema, Operation};
use sekisho_policy_information::{FoldProblem, World};
use serde::Serialize;
use utoipa::ToSchema;

/// The API behind a resource, as its document describes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApiView {
    /// The resource.
    pub(crate) resource: String,
    /// The title of the API.
    pub(crate) title: String,
    /// The version of the API.
    pub(crate) version: String,
    /// How many operations it has.
    pub(crate) operations: usize,
    /// The largest body of a request, in bytes.
    pub(crate) body_limit: u64,
    /// Why the document cannot be enforced, so that nothing reaches the resource; null when it is in force.
    pub(crate) problem: Option<String>,
}

/// An operation of an API.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OperationView {
    /// What policies name it by: `context.request.operation`.
    pub(crate) operation: String,
    /// Its method.
    pub(crate) method: String,
    /// Its path, with parameters in braces.
    pub(crate) path: String,
    /// What it does, in the words of the document.
    pub(crate) summary: String,
}

/// The APIs of a World, in the order of their resources, each with its operations.
pub(crate) fn all(world: &World) -> Vec<(ApiView, Vec<OperationView>)> {
    let mut all: Vec<_> = world
        .resources()
        .filter_map(|(handle, resource)| {
            let api = world.api(handle)?;
            let resource = resource.id.to_string();
            let problem = if api.schema.is_some() { None } else { Some(problem(world, &resource)) };
            let named = |text: fn(&ApiSchema) -> &str| api.schema.as_deref().map(text).unwrap_or_default().to_owned();
            let operations = api.schema.as_deref().map(operations).unwrap_or_default();
            let view = ApiView {
                title: named(ApiSchema::title),
                version: named(ApiSchema::version),
                operations: operations.len(),
                body_limit: api.body_limit,
                problem,
                resource,
            };
            Some((view, operations))
        })
        .collect();
    all.sort_by(|(one, _), (other, _)| one.resource.cmp(&other.resource));
    all
}

/// The operations of an API, in the order of their paths.
pub(crate) fn operations(schema: &ApiSchema) -> Vec<OperationView> {
    let view = |operation: &Operation| OperationView {
        operation: operation.id().to_string(),
        method: operation.method().to_owned(),
        path: operation.path().to_owned(),
        summary: operation.summary().to_owned(),
    };
    let mut all: Vec<OperationView> = schema.operations().map(view).collect();
    all.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    all
}

fn problem(world: &World, resource: &str) -> String {
    let said = world.problems().find_map(|problem| match problem {
        FoldProblem::ApiDocument { resource: of, message } if of == resource => Some(message.clone()),
        _ => None,
    });
    said.unwrap_or_else(|| "the document cannot be read".to_owned())
}
