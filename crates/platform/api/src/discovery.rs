//! `GET /api/v1`: what is here, for clients that know the portal's address only.

use sekisho_rest::{Access, Answer, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Context, PREFIX, Routes};

/// What is here.
#[derive(Debug, Serialize, ToSchema)]
struct Discovery {
    /// The version of the API.
    api: &'static str,
    /// The portal's origin.
    portal: String,
    /// The terminals' origin: where `sekisho login` signs in.
    terminals: String,
    /// The path of the OpenAPI document.
    openapi: String,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Anyone, route!(discover))
}

/// Where the platform is.
#[utoipa::path(get, path = "/", tag = "platform", responses((status = 200, body = Discovery)))]
async fn discover(call: Context) -> Answer<Discovery> {
    Answer::ok(Discovery {
        api: "v1",
        portal: call.services.control_plane.portal_origin.clone(),
        terminals: call.services.terminals_origin.clone(),
        openapi: format!("{PREFIX}/openapi.json"),
    })
}
