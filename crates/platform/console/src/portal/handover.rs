//! On to an application: hands the session over to its host, after sign-in where nobody is signed in.

use axum::extract::{Path, Query};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::ResourceId;

use crate::guard::Access;
use crate::onward::{Onward, OnwardQuery};
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{access, answer};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/sign-in/to/{resource}", Access::Anyone, hand_over)
}

async fn hand_over(
    visit: Visit,
    Path(resource): Path<String>,
    Query(query): Query<OnwardQuery>,
) -> Result<Response, Problem> {
    let id: ResourceId = resource.parse().map_err(|_| Problem::NotFound)?;
    let onward = Onward::with_application(id.clone(), query);
    let Some(person) = &visit.person else {
        return Ok(answer::see_other(&format!("/sign-in{}", onward.query())));
    };
    let resource = access::resource(&visit, id.as_str()).ok_or(Problem::NotFound)?;
    let origin = visit.state.application_origin(resource).ok_or(Problem::NotFound)?;
    let path = onward.path.clone().unwrap_or_else(|| access::way_in(resource));
    // Without a flow that the application's host began, it must begin one: the code would otherwise fit any browser.
    let Some(flow) = onward.flow else { return Ok(answer::see_other(&format!("{origin}{path}"))) };
    let code = visit.state.hand_over(person.session.id, id, flow, path, visit.now).await?;
    Ok(answer::see_other(&format!("{origin}/.sekisho/session?code={}", URL_SAFE_NO_PAD.encode(code))))
}
