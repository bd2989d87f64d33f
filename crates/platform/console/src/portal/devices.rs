//! My devices, and the loopback proof that this browser runs on one of them.

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use sekisho_device_protocol::proof::{PROOF_PATH, ProofAnswer};
use serde_json::json;

use super::session;
use crate::device_view::{DeviceView, view};
use crate::guard::Access;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{answer, wording};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/devices", Access::SignedIn, page).post("/device/challenge", Access::SignedIn, challenge).post(
        "/device/answer",
        Access::SignedIn,
        verify,
    )
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    page: Page,
    agent: String,
    proven: Option<String>,
    devices: Vec<DeviceView>,
}

async fn page(visit: Visit) -> Result<Response, Problem> {
    let person = visit.person()?;
    let mut devices = Vec::new();
    for device in visit.world.devices_of(person.session.subject) {
        devices.push(view(&visit, &device).await?);
    }
    let page = Page { scripts: &["post.js", "device.js"], ..visit.page_with_times() };
    let agent = format!("{}{PROOF_PATH}", visit.state.agent_origin());
    let proven = person.session.device.map(|device| wording::device_name(&visit.world, device));
    answer::html(&DevicesPage { page, agent, proven, devices })
}

async fn challenge(visit: Visit) -> Result<Response, Problem> {
    let session = visit.person()?.session.id;
    let challenge = visit.state.devices.challenge(&session, visit.now).await.map_err(|error| {
        tracing::error!(%error, "a device could not be challenged");
        Problem::Unavailable
    })?;
    Ok(Json(json!({ "nonce": challenge.nonce, "session": challenge.session })).into_response())
}

async fn verify(visit: Visit, Json(proof): Json<ProofAnswer>) -> Result<Response, Problem> {
    let person = visit.person()?;
    let (session, now) = (person.session.id, visit.now);
    let device = match visit.state.devices.verify_proof(&session, &person.id, &proof, now).await {
        Ok(device) => device,
        Err(refusal) => return Err(Problem::Device(Box::new(refusal.text()))),
    };
    let session = visit.state.identity.bind_device(&session, &device, now).await?;
    session::shown(&visit, session.id, Some(session.rotation)).await;
    let answer = Json(json!({ "location": "/devices?done=device-proven" })).into_response();
    Ok(session::enter(&visit, &session, answer))
}
