//! The table of routes: each is added together with who may use it, so none can be served unguarded or stay unlisted.

use std::collections::{BTreeMap, BTreeSet};

use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::MethodRouter;
use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::guard::guard;
use crate::problem::refused_as;
use crate::{Access, Problem, openapi};

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, with its parameters in braces, without the prefix of the API.
    pub path: String,
    /// Who may use it.
    pub access: Access,
}

/// What one crate of routes contributes, listed once in the program. `S` is the platform's state.
pub struct Api<S: 'static> {
    /// Its name, in lower case: the folder of its crate.
    pub name: &'static str,
    /// Its routes, each with who may use it.
    pub routes: fn(&S) -> Routes,
}

impl<S> std::fmt::Debug for Api<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Api({})", self.name)
    }
}

/// Routes whose handlers need the services `S`. Routes that have their services are `Routes<()>`.
pub struct Routes<S = ()> {
    router: OpenApiRouter<S>,
    table: Vec<Route>,
    schemas: BTreeMap<String, RefOr<Schema>>,
    ambiguous: BTreeSet<String>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes.
    #[must_use]
    pub fn new() -> Self {
        Self { router: OpenApiRouter::new(), table: Vec::new(), schemas: BTreeMap::new(), ambiguous: BTreeSet::new() }
    }

    /// Adds the handlers of one path that the same people may use: `add(Access::Act(…), route!(list))`.
    #[must_use]
    pub fn add(mut self, access: Access, route: UtoipaMethodRouter<S>) -> Self {
        let (schemas, mut paths, handlers) = route;
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                openapi::describe(operation, &access, method);
                self.table.push(Route { method, path: path.clone(), access });
            }
        }
        self.name(schemas.iter().cloned());
        let guarded = handlers.route_layer(from_fn_with_state(access, guard));
        self.router = self.router.routes((schemas, paths, guarded));
        self
    }

    /// Adds a route of a protocol that a standard describes, so that the OpenAPI document does not. Everything else is as for other
    /// routes: who may use it, the body's limits, the decision and its record.
    #[must_use]
    pub fn standard(mut self, access: Access, method: &'static str, path: &str, handler: MethodRouter<S>) -> Self {
        self.router = self.router.route(path, handler.route_layer(from_fn_with_state(access, guard)));
        self.table.push(Route { method, path: path.to_owned(), access });
        self
    }

    /// Answers the refusals of these routes in the form that their protocol has for them.
    #[must_use]
    pub fn refusing(mut self, form: fn(&Problem) -> Response) -> Self {
        self.router =
            self.router.layer(map_response(move |response: Response| async move { refused_as(form, response) }));
        self
    }

    /// Every route, with who may use it.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// Gives the handlers their services.
    #[must_use]
    pub fn with(self, services: S) -> Routes {
        let Self { router, table, schemas, ambiguous } = self;
        Routes { router: router.with_state(services), table, schemas, ambiguous }
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self.ambiguous.extend(other.ambiguous);
        self.name(other.schemas);
        self
    }

    /// The names that stand for two different types in the OpenAPI document, which would describe one of them wrongly.
    pub(crate) const fn ambiguous(&self) -> &BTreeSet<String> {
        &self.ambiguous
    }

    pub(crate) fn name(&mut self, schemas: impl IntoIterator<Item = (String, RefOr<Schema>)>) {
        for (name, schema) in schemas {
            let known = self.schemas.entry(name.clone()).or_insert_with(|| schema.clone());
            if *known != schema {
                self.ambiguous.insert(name);
            }
        }
    }
}

impl Routes {
    pub(crate) fn split(self) -> (axum::Router, utoipa::openapi::OpenApi) {
        self.router.split_for_parts()
    }
}

impl<S> std::fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes").field("table", &self.table).finish_non_exhaustive()
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut utoipa::openapi::path::Operation)> {
    let named = [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ];
    named.into_iter().filter_map(|(method, operation)| Some((name(&method)?, operation?))).collect()
}

const fn name(method: &HttpMethod) -> Option<&'static str> {
    match method {
        HttpMethod::Get => Some("GET"),
        HttpMethod::Put => Some("PUT"),
        HttpMethod::Post => Some("POST"),
        HttpMethod::Delete => Some("DELETE"),
        _ => None,
    }
}
