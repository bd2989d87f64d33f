//! The table of routes: each is added together with who may use it, so none can be served unguarded or stay unlisted.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::guard::{Access, guard};

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method: `GET` (which answers `HEAD` too) or `POST`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Routes whose handlers need the services `S`. Routes that have their services are `Routes<()>`.
#[derive(Debug)]
pub struct Routes<S = ()> {
    router: Router<S>,
    table: Vec<Route>,
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
        Self { router: Router::new(), table: Vec::new() }
    }

    /// Adds a page.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Route { method: "GET", path, access }, get(handler))
    }

    /// Adds what a form or a script posts to.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Route { method: "POST", path, access }, post(handler))
    }

    /// Every route, with who may use it.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// Gives the handlers their services.
    #[must_use]
    pub fn with(self, services: S) -> Routes {
        Routes { router: self.router.with_state(services), table: self.table }
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    fn add(mut self, route: Route, handler: MethodRouter<S>) -> Self {
        self.router = self.router.route(route.path, handler.route_layer(from_fn_with_state(route.access, guard)));
        self.table.push(route);
        self
    }
}

impl Routes {
    pub(crate) fn into_router(self) -> Router {
        self.router
    }
}
