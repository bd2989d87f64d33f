//! The page of the console: the labels, and what was found where.

use askama::Template;
use axum::response::Response;
use sekisho_capability::Services;
use sekisho_model::documents::{Kind, Label};
use sekisho_model::{Language, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::acts::CLASSIFICATION_READ;
use crate::data_scan::DataScan;
use crate::scans::read_all;
use crate::{labelled, sensitivity};

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "classification",
        routes: |state| {
            let routes = Routes::new().get("/console/classification", Access::Act(CLASSIFICATION_READ), show);
            routes.with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] =
    &[Place::of_console(Group::Access, "/console/classification", "place-classification", CLASSIFICATION_READ)];

#[derive(Template)]
#[template(path = "classification.html")]
struct ClassificationPage {
    page: Page,
    labels: Vec<LabelRow>,
    scans: Vec<ScanRow>,
}

struct LabelRow {
    id: String,
    name: String,
    description: String,
    sensitivity: u8,
    parent: Option<String>,
    owner: Option<String>,
    by: Vec<String>,
}

struct ScanRow {
    resource: String,
    source: String,
    at: Timestamp,
    found: Vec<String>,
    labels: String,
    sensitivity: Option<u8>,
}

async fn show(context: RequestContext<Services>) -> Result<Response, Problem> {
    let store = &context.services.store;
    let labels: Vec<Label> = read_all(store, Kind::Label).await?;
    let mut scans: Vec<DataScan> = read_all(store, Kind::DataScan).await?;
    scans.sort_by(|a, b| (&a.resource, &a.source).cmp(&(&b.resource, &b.source)));
    let labelled = labelled(&labels, &scans);
    let language = context.language;
    let scan_rows = scans.iter().map(|scan| {
        let labelled = labelled.get(&scan.resource);
        let names = labelled.map(|labelled| labelled.labels.as_slice()).unwrap_or_default();
        ScanRow {
            resource: scan.resource.to_string(),
            source: scan.source.clone(),
            at: scan.at,
            found: scan.found.iter().map(|found| format!("{} × {}", found.count, kind(found.kind, language))).collect(),
            labels: names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            sensitivity: labelled.map(|labelled| labelled.sensitivity),
        }
    });
    let scans = scan_rows.collect();
    let mut page = context.page();
    page.shows_times = true;
    let label_rows = labels.iter().map(|label| row(label, &labels, language)).collect();
    answer::html(&ClassificationPage { page, labels: label_rows, scans })
}

fn row(label: &Label, all: &[Label], language: Language) -> LabelRow {
    let resources = label.resources.iter().map(ToString::to_string);
    let finds = label.finds.iter().map(|found| kind(*found, language).to_owned());
    LabelRow {
        id: label.id.to_string(),
        name: label.name.in_language(language).to_owned(),
        description: label.description.in_language(language).to_owned(),
        sensitivity: sensitivity(label, all),
        parent: label.parent.as_ref().map(ToString::to_string),
        owner: label.owner.as_ref().map(ToString::to_string),
        by: resources.chain(finds).collect(),
    }
}

const fn kind(kind: sekisho_model::DataKind, language: Language) -> &'static str {
    let (english, japanese) = kind.text();
    match language {
        Language::English => english,
        Language::Japanese => japanese,
    }
}
