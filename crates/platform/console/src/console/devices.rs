//! Devices with their compliance, and revoking one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_devices::DevicesError;
use sekisho_model::documents::{Device, DeviceStatus, Kind};
use sekisho_model::{DeviceId, Timestamp};

use super::sessions::After;
use super::{ADMINISTER, READ, ROWS, administrator};
use crate::device_view::{self, DeviceState, DeviceView};
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{answer, documents};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/console/devices", READ, list).get("/console/devices/{id}", READ, one).post(
        "/console/devices/{id}/revoke",
        ADMINISTER,
        revoke,
    )
}

#[derive(Template)]
#[template(path = "console/devices.html")]
struct DevicesPage {
    page: Page,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    name: String,
    owner: Option<String>,
    platform: String,
    state: DeviceState,
    reported_at: Option<Timestamp>,
}

async fn list(visit: Visit, Query(after): Query<After>) -> Result<Response, Problem> {
    let (devices, next): (Vec<Device>, _) = documents::list(&visit, Kind::Device, after.after, ROWS).await?;
    let rows = devices.into_iter().map(|device| row(&visit, device)).collect();
    answer::html(&DevicesPage { page: visit.page_with_times(), rows, next })
}

fn row(visit: &Visit, device: Device) -> Row {
    let seen = visit.world.device(device.id.as_str()).and_then(|handle| visit.world.device_view(handle));
    let revoked = device.status == DeviceStatus::Revoked;
    Row {
        state: seen.as_ref().map_or(DeviceState::NotEnrolled, |seen| device_view::state(visit, seen, revoked)),
        reported_at: seen.and_then(|seen| seen.reported_at),
        id: device.id.to_string(),
        name: device.name,
        owner: device.owner.map(|owner| owner.to_string()),
        platform: device.platform,
    }
}

#[derive(Template)]
#[template(path = "console/device.html")]
struct DevicePage {
    page: Page,
    device: DeviceView,
}

async fn one(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let handle = visit.world.device(&id).ok_or(Problem::NotFound)?;
    let seen = visit.world.device_view(handle).ok_or(Problem::NotFound)?;
    let device = device_view::view(&visit, &seen).await?;
    answer::html(&DevicePage { page: visit.page_with_times(), device })
}

async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: DeviceId = id.parse().map_err(|_| Problem::NotFound)?;
    let actor = administrator(&visit)?;
    match visit.state.devices.revoke(&id, actor, visit.now).await {
        Ok(()) => Ok(answer::see_other(&format!("/console/devices/{id}?done=device-revoked"))),
        Err(DevicesError::NoSuchDevice(_)) => Err(Problem::NotFound),
        Err(error) => {
            tracing::error!(%error, "a device could not be revoked");
            Err(Problem::Unavailable)
        }
    }
}
