//! My devices, and the loopback proof that this browser runs on one of them.

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use sekisho_device_protocol::proof::{PROOF_PATH, ProofAnswer};
use sekisho_devices::view::{DeviceView, view};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, wording};
use serde_json::json;

use crate::{Context, Routes, session};

pub(crate) fn routes(routes: Routes) -> Routes {
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

async fn page(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let mut devices = Vec::new();
    for device in context.world.devices_of(person.session.subject) {
        devices.push(view(&context, &device).await?);
    }
    let page = Page { scripts: &["post.js", "device.js"], ..context.page_with_times() };
    let agent = format!("{}{PROOF_PATH}", context.site.agent_origin());
    let proven = person.session.device.map(|device| wording::device_name(&context.world, device));
    answer::html(&DevicesPage { page, agent, proven, devices })
}

async fn challenge(context: Context) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    context.services.identity.allow_one_time(&session, context.now).await?;
    let challenge = context.services.devices.challenge(&session, context.now).await.map_err(|error| {
        tracing::error!(%error, "a device could not be challenged");
        Problem::Unavailable
    })?;
    Ok(Json(json!({ "nonce": challenge.nonce, "session": challenge.session })).into_response())
}

async fn verify(context: Context, Json(proof): Json<ProofAnswer>) -> Result<Response, Problem> {
    let person = context.person()?;
    let (session, now) = (person.session.id, context.now);
    let device = match context.services.devices.verify_proof(&session, &person.id, &proof, now).await {
        Ok(device) => device,
        Err(refusal) => return Err(Problem::refused(StatusCode::FORBIDDEN, refusal.text())),
    };
    let answer = Json(json!({ "location": "/devices?done=device-proven" })).into_response();
    session::bind(&context, &session, &device, answer).await
}
