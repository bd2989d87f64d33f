//! The routes of the REST API: scan data of a resource, and what was found where.

use axum::extract::Query;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sekisho_capability::Services;
use sekisho_model::ResourceId;
use sekisho_model::documents::Kind;
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Paging, Problem, Routes, documents, route};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::acts::{CLASSIFICATION_READ, DATA_SCANNED};
use crate::data_scan::DataScan;
use crate::scans::read_all;
use crate::view::ScanView;
use crate::{NewScan, ScanRefusal, Scans, labelled};

/// The routes.
#[must_use]
pub const fn api<S: AsRef<Services>>() -> Api<S> {
    Api {
        name: "classification",
        routes: |state| {
            let routes = Routes::new();
            let routes = routes.add(Access::Act(CLASSIFICATION_READ), route!(list));
            routes.add(Access::Act(DATA_SCANNED), route!(scan)).with(state.as_ref().clone())
        },
    }
}

/// Data that is to be scanned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScanWanted {
    /// What holds it.
    #[schema(value_type = String)]
    resource: ResourceId,
    /// Where in the resource it is, as people name it: a file, a path.
    #[schema(max_length = 200)]
    source: String,
    /// The data in Base64: text in UTF-8 or Shift_JIS, compressed with gzip or not.
    content: String,
}

/// List the newest scan of each source.
#[utoipa::path(get, path = "/scans", tag = "classification", params(Paging), responses((status = 200, body = Page<ScanView>)))]
async fn list(call: Call<Services>, Query(paging): Query<Paging>) -> Result<Answer<Page<ScanView>>, Problem> {
    let store = &call.services.store;
    let labels = read_all(store, Kind::Label).await.map_err(Problem::failed)?;
    let all: Vec<DataScan> = read_all(store, Kind::DataScan).await.map_err(Problem::failed)?;
    let labelled = labelled(&labels, &all);
    let page = documents(store, Kind::DataScan, &paging, |_| true).await.map_err(Problem::failed)?;
    let next = page.next;
    let scans = page.items.into_iter().filter_map(|one| serde_json::from_value::<DataScan>(one.body).ok());
    let view = |scan: DataScan| {
        let labelled = labelled.get(&scan.resource);
        let labels = labelled.map(|labelled| labelled.labels.as_slice()).unwrap_or_default();
        ScanView::new(&scan, labels, labelled.map(|labelled| labelled.sensitivity))
    };
    Ok(Answer::ok(Page { items: scans.map(view).collect(), next }))
}

/// Scan data of a resource. Of what is found, only a keyed hash and the last digits are kept; the resource becomes as sensitive as the labels
/// that the data is given.
#[utoipa::path(post, path = "/scans", tag = "classification", request_body = ScanWanted, responses((status = 201, body = ScanView)))]
async fn scan(call: Call<Services>, Body(wanted): Body<ScanWanted>) -> Result<Answer<ScanView>, Problem> {
    let ScanWanted { resource, source, content } = wanted;
    if !call.world.resources().any(|(_, known)| known.id == resource) {
        return Err(Problem::not_found(format_args!("there is no resource `{resource}`")));
    }
    let data = STANDARD.decode(content).map_err(|_| Problem::wrong("`content`: write the data in Base64"))?;
    let scans = Scans::new(call.services.clone());
    let new = NewScan { resource, source, data: &data };
    let scanned = scans.scan(new, call.actor()?, call.now).await.map_err(refused)?;
    call.until(|world| world.revision() >= scanned.revision).await;
    Ok(Answer::created(ScanView::new(&scanned.scan, &scanned.labels, scanned.sensitivity)))
}

fn refused(refusal: ScanRefusal) -> Problem {
    match refusal {
        ScanRefusal::Undecodable(_) | ScanRefusal::Source => Problem::wrong(refusal),
        ScanRefusal::NoKey | ScanRefusal::Store(_) | ScanRefusal::Change(_) => Problem::failed(refusal),
    }
}
