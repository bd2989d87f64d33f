//! The routes of the REST API: sources, what was found where, reading a source now, and the bill of materials of a resource.

use axum::extract::{Path, Query};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sekisho_capability::Services;
use sekisho_model::ResourceId;
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Paging, Problem, Routes, documents, route};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::acts::{SOFTWARE_INVENTORY_SET, VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED};
use crate::report::Report;
use crate::stored;
use crate::upload::{self, UploadRefusal};
use crate::view::{InventoryView, ReportView, SourceAsked, SourceView, TargetView};
use crate::vulnerabilities::Vulnerabilities;

/// What the routes act through.
#[derive(Clone)]
struct Reached {
    vulnerabilities: Vulnerabilities,
    services: Services,
}

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<Vulnerabilities> + AsRef<Services>>() -> Api<S> {
    Api {
        name: "vulnerabilities",
        routes: |state| {
            let vulnerabilities = AsRef::<Vulnerabilities>::as_ref(state).clone();
            let services = AsRef::<Services>::as_ref(state).clone();
            Routes::new()
                .add(Access::Act(VULNERABILITIES_READ), route!(list))
                .add(Access::Act(VULNERABILITIES_READ), route!(show))
                .add(Access::Act(VULNERABILITIES_READ), route!(sources))
                .add(Access::Act(VULNERABILITY_SOURCE_REQUESTED), route!(read))
                .add(Access::Act(SOFTWARE_INVENTORY_SET), route!(set_inventory))
                .with(Reached { vulnerabilities, services })
        },
    }
}

/// What an application is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InventoryWanted {
    /// A CycloneDX bill of materials in JSON, or a Cargo.lock, compressed with gzip or not, in Base64.
    content: String,
}

/// List devices and resources with what was found of their software.
#[utoipa::path(get, path = "/vulnerabilities", tag = "vulnerabilities", params(Paging), responses((status = 200, body = Page<TargetView>)))]
async fn list(call: Call<Reached>, Query(paging): Query<Paging>) -> Result<Answer<Page<TargetView>>, Problem> {
    let store = &call.services.services.store;
    let page = documents(store, Kind::VulnerabilityReport, &paging, |_| true).await.map_err(Problem::failed)?;
    let reports = page.items.into_iter().filter_map(|document| serde_json::from_value::<Report>(document.body).ok());
    Ok(Answer::ok(Page { items: reports.map(|report| TargetView::from(&report)).collect(), next: page.next }))
}

/// Show what was found of the software of a device or a resource, the worst first.
#[utoipa::path(get, path = "/vulnerabilities/{kind}/{name}", tag = "vulnerabilities",
    params(("kind" = String, Path, description = "`device` or `resource`"), ("name" = String, Path, description = "Its identifier")),
    responses((status = 200, body = ReportView)))]
async fn show(call: Call<Reached>, Path((kind, name)): Path<(String, String)>) -> Result<Answer<ReportView>, Problem> {
    let id = format!("{kind}/{name}");
    let report = stored::report_by_id(&call.services.services.store, &id).await.map_err(Problem::failed)?;
    let unknown = || Problem::not_found(format!("nothing is known of the software of `{}`", id.escape_debug()));
    Ok(Answer::ok(report.ok_or_else(unknown)?.into()))
}

/// List the sources, and how each stands.
#[utoipa::path(get, path = "/vulnerability-sources", tag = "vulnerabilities", responses((status = 200, body = Page<SourceView>)))]
async fn sources(call: Call<Reached>) -> Answer<Page<SourceView>> {
    let standings = call.services.vulnerabilities.standings();
    Answer::ok(Page { items: standings.into_iter().map(SourceView::from).collect(), next: None })
}

/// Read a source now, before its time.
#[utoipa::path(post, path = "/vulnerability-sources/{source}/read", tag = "vulnerabilities",
    params(("source" = String, Path, description = "The source")), responses((status = 200, body = SourceAsked)))]
async fn read(call: Call<Reached>, Path(source): Path<String>) -> Result<Answer<SourceAsked>, Problem> {
    let Reached { vulnerabilities, services } = &call.services;
    let document = services.store.get(Kind::VulnerabilitySource, &source).await.map_err(Problem::failed)?;
    let unknown = || Problem::not_found(format!("there is no vulnerability source `{}`", source.escape_debug()));
    let source = document.ok_or_else(unknown)?.id;
    let target = format!("{}/{source}", Kind::VulnerabilitySource);
    let change = services.changes.begin(call.actor()?, VULNERABILITY_SOURCE_REQUESTED.code, target);
    change.note(call.now).await.map_err(Problem::failed)?;
    vulnerabilities.request(&source);
    Ok(Answer::ok(SourceAsked { source }))
}

/// Say what a resource is made of. It is held against the sources from now on, in place of what was said before.
#[utoipa::path(post, path = "/software-inventories/{resource}", tag = "vulnerabilities", request_body = InventoryWanted,
    params(("resource" = String, Path, description = "The resource")), responses((status = 200, body = InventoryView)))]
async fn set_inventory(
    call: Call<Reached>,
    Path(resource): Path<String>,
    Body(wanted): Body<InventoryWanted>,
) -> Result<Answer<InventoryView>, Problem> {
    let known = call.world.resources().map(|(_, known)| &known.id).find(|id| id.as_str() == resource).cloned();
    let unknown = || Problem::not_found(format!("there is no resource `{}`", resource.escape_debug()));
    let id: ResourceId = known.ok_or_else(unknown)?;
    let content = STANDARD.decode(wanted.content).map_err(|_| Problem::wrong("`content`: write it in Base64"))?;
    let set = upload::set(&call.services.services, id.clone(), &content, call.actor()?, call.now).await;
    let inventory = set.map_err(refused)?;
    call.services.vulnerabilities.wake().notify_one();
    let (components, skipped) = (inventory.components.len(), inventory.skipped);
    Ok(Answer::ok(InventoryView { resource: id.to_string(), components, skipped }))
}

fn refused(refusal: UploadRefusal) -> Problem {
    match refusal {
        UploadRefusal::Change(error) => Problem::failed(error),
        refusal => Problem::wrong(format_args!("`content`: {refusal}")),
    }
}
