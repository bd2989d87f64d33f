//! The way to an application: transfers the session to its host, after sign-in where nobody is signed in.

use axum::extract::{Path, Query};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::ResourceId;
use sekisho_web::address::encode;
use sekisho_web::{Access, Problem, access, answer};

use crate::demand::entry_path;
use crate::return_to::{ReturnTo, ReturnToQuery};
use crate::session_transfer::{self, Wanted};
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/sign-in/to/{resource}", Access::Anyone, transfer)
}

async fn transfer(
    context: Context,
    Path(resource): Path<String>,
    Query(query): Query<ReturnToQuery>,
) -> Result<Response, Problem> {
    let id: ResourceId = resource.parse().map_err(|_| Problem::NotFound)?;
    let return_to = ReturnTo::with_application(id.clone(), query);
    let Some(person) = &context.person else {
        return Ok(answer::see_other(&format!("/sign-in{}", return_to.query())));
    };
    let resource = access::resource(&context, id.as_str()).ok_or(Problem::NotFound)?;
    let origin = context.site.application_origin(resource).ok_or(Problem::NotFound)?;
    let path = return_to.path.clone().unwrap_or_else(|| entry_path(resource));
    // Without a flow that the application's host began, it must begin one: the code would otherwise fit any browser.
    let Some(flow) = return_to.flow else { return Ok(answer::see_other(&format!("{origin}{path}"))) };
    // The address says where to go on, so that a code that is spent or another browser's does not lose it.
    let on = Some(encode(&path)).filter(|on| on.len() <= LONGEST).map(|on| format!("&return={on}")).unwrap_or_default();
    context.services.identity.allow_one_time(&person.session.id, context.now).await?;
    let wanted = Wanted { session: person.session.id, resource: id, flow, return_to: path };
    let code = session_transfer::create(&context.site, wanted, context.now).await?;
    Ok(answer::see_other(&format!("{origin}/.sekisho/session?code={}{on}", URL_SAFE_NO_PAD.encode(code))))
}

/// The longest path in bytes, encoded, that the address of a transfer repeats: with it, the address stays below the limit of heads.
const LONGEST: usize = 6000;
