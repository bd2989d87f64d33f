//! Devices with their compliance, and revoking one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_devices::view::{self, DeviceState, DeviceView};
use sekisho_model::documents::{Device, DeviceStatus, Kind};
use sekisho_model::facts::{EntityType, Fact, Slot};
use sekisho_model::{DeviceId, Timestamp};
use sekisho_web::list::{Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents};

use crate::listing::{Pairs, entities, text, values};
use crate::{Context, Routes, acts, administrator, refused};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::Act(table::DEVICES_READ), list)
        .get("/console/devices/{id}", Access::Act(table::DEVICES_READ), one)
        .post("/console/devices/{id}/revoke", Access::Act(table::DEVICE_REVOKED), revoke)
}

const PATH: &str = "/console/devices";

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    page: Page,
    list: List,
    narrowed: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    owner: Option<String>,
    platform: String,
    state: DeviceState,
    reported_at: Option<Timestamp>,
}

/// The values of the filter by state. The snapshot does not tell a revoked device from one whose enrolment is not complete.
const STATES: [(&str, DeviceState); 4] = [
    ("compliant", DeviceState::Compliant),
    ("not-compliant", DeviceState::NotCompliant),
    ("silent", DeviceState::Silent),
    ("not-enrolled", DeviceState::NotEnrolled),
];

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["state", "ownership", "check", "owner"]);
    let index = context.services.finder.index().await;
    let state = STATES.iter().find(|(name, _)| asked.get("state") == Some(name)).map(|(_, state)| *state);
    let check = asked.get("check").map(Fact::string);
    let owner = asked.get("owner").map(|owner| index.world().user(owner).map(Fact::Entity));
    let fits = |handle| {
        let Some(device) = index.world().device_view(handle) else { return false };
        let fails =
            |check: &Fact| matches!(device.facts.get(Slot::FailingChecks), Fact::Set(all) if all.contains(check));
        state.is_none_or(|wanted| view::state(&context, &device, false) == wanted)
            && asked.get("ownership").is_none_or(|ownership| text(device.facts.get(Slot::Ownership)) == ownership)
            && check.as_ref().is_none_or(fails)
            && owner.as_ref().is_none_or(|owner| owner.as_ref() == Some(device.facts.get(Slot::Owner)))
    };
    let is_filtered = ["state", "ownership", "check", "owner"].iter().any(|name| asked.get(name).is_some());
    let (handles, around) = entities(&index, EntityType::Device, &asked, is_filtered.then_some(&fits));
    let ids: Vec<_> = handles.into_iter().map(|handle| index.world().id(handle)).collect();
    let devices: Vec<Device> = documents::some(&context, Kind::Device, &ids).await?;
    let rows = devices.into_iter().map(|device| row(&context, device)).collect();
    let page = context.page_with_times();
    let narrowed = asked
        .get("check")
        .map(|check| page.say_with("devices-failing-check", "check", check))
        .or_else(|| asked.get("owner").map(|owner| page.say_with("devices-of", "owner", owner)));
    let states: Vec<_> = STATES.map(|(name, state)| (name, state.key())).into();
    let ownerships = values(&page, &[("corporate", "ownership-corporate"), ("personal", "ownership-personal")]);
    let filters = vec![
        Filter::new(&asked, "state", page.say("state"), &values(&page, &states)),
        Filter::new(&asked, "ownership", page.say("ownership"), &ownerships),
    ];
    let columns = ["device", "identifier", "state", "owner", "platform", "last-report"].map(Column::new).into();
    answer::html(&DevicesPage { list: around.list(asked, filters, columns), narrowed, rows, page })
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
