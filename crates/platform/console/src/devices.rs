//! Devices with their compliance, and revoking one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_devices::view::{self, DeviceState, DeviceView};
use sekisho_model::documents::{Device, DeviceStatus, Kind};
use sekisho_model::{DeviceId, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents};

use crate::sessions::After;
use crate::{Context, ROWS, Routes, acts, administrator, refused};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/console/devices", Access::Act(table::DEVICES_READ), list)
        .get("/console/devices/{id}", Access::Act(table::DEVICES_READ), one)
        .post("/console/devices/{id}/revoke", Access::Act(table::DEVICE_REVOKED), revoke)
}

#[derive(Template)]
#[template(path = "devices.html")]
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

async fn list(context: Context, Query(after): Query<After>) -> Result<Response, Problem> {
    let (devices, next): (Vec<Device>, _) = documents::list(&context, Kind::Device, after.after, ROWS).await?;
    let rows = devices.into_iter().map(|device| row(&context, device)).collect();
    answer::html(&DevicesPage { page: context.page_with_times(), rows, next })
}

fn row(context: &Context, device: Device) -> Row {
    let seen = context.world.device(device.id.as_str()).and_then(|handle| context.world.device_view(handle));
    let revoked = device.status == DeviceStatus::Revoked;
    Row {
        state: seen.as_ref().map_or(DeviceState::NotEnrolled, |seen| view::state(context, seen, revoked)),
        reported_at: seen.and_then(|seen| seen.reported_at),
        id: device.id.to_string(),
        name: device.name,
        owner: device.owner.map(|owner| owner.to_string()),
        platform: device.platform,
    }
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    page: Page,
    device: DeviceView,
    may_revoke: bool,
}

async fn one(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let handle = context.world.device(&id).ok_or(Problem::NotFound)?;
    let seen = context.world.device_view(handle).ok_or(Problem::NotFound)?;
    let device = view::view(&context, &seen).await?;
    let may_revoke = access::may(&context, &table::DEVICE_REVOKED, None);
    answer::html(&DevicePage { page: context.page_with_times(), device, may_revoke })
}

async fn revoke(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: DeviceId = id.parse().map_err(|_| Problem::NotFound)?;
    acts(&context).by(administrator(&context)?, context.now).revoke_device(&id).await.map_err(refused)?;
    Ok(answer::see_other(&format!("/console/devices/{id}?done=device-revoked")))
}
