//! The table of routes: each is added together with who may use it, so none can be served unguarded or stay unlisted.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::guard::{Access, guard};
use crate::state::PortalState;

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method: `GET` (which answers `HEAD` too) or `POST`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Routes on their way into a router.
pub(crate) struct Routes {
    pub(crate) router: Router<PortalState>,
    pub(crate) table: Vec<Route>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// Adds a page.
    pub(crate) fn get<H: Handler<T, PortalState>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add(Route { method: "GET", path, access }, get(handler))
    }

    /// Adds something that a form or a script asks for.
    pub(crate) fn post<H: Handler<T, PortalState>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add(Route { method: "POST", path, access }, post(handler))
    }

    fn add(mut self, route: Route, handler: MethodRouter<PortalState>) -> Self {
        self.router = self.router.route(route.path, handler.route_layer(from_fn_with_state(route.access, guard)));
        self.table.push(route);
        self
    }
}
