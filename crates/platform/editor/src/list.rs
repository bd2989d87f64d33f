//! The documents of each kind, with the ways to make, change and compare them.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::display_name;
use sekisho_model::documents::Kind;
use sekisho_model::{Action, Timestamp};
use sekisho_web::page::{Page, Section};
use sekisho_web::{Access, Group, Place, Problem, access, answer};
use serde::Deserialize;

use crate::acting::{READ, kind, may_propose};
use crate::{Context, Routes, fields};

/// How many rows a page has.
const ROWS: u32 = 100;

/// The places of these pages in the navigation.
pub(crate) const PLACES: &[Place] = &[
    Place::of_console(Group::Access, "/console/applications/publish", "publish", table::putting(Kind::Resource)),
    Place {
        path: "/console/documents",
        label: "console-documents",
        section: Section::Console,
        group: Some(Group::Platform),
        act: None,
    },
];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/documents", Access::Console(Action::Read), kinds).get("/console/documents/{kind}", READ, list)
}

#[derive(Template)]
#[template(path = "kinds.html")]
struct KindsPage {
    page: Page,
    rows: Vec<KindRow>,
}

struct KindRow {
    kind: Kind,
    name: String,
    about: String,
    may_make: bool,
}

async fn kinds(context: Context) -> Result<Response, Problem> {
    let page = context.page();
    let open = fields::kinds().filter(|kind| access::may(&context, &table::reading(*kind), None));
    let row = |kind: Kind| KindRow {
        kind,
        name: page.say(fields::name_of(kind)),
        about: page.say(&format!("about-{}", fields::name_of(kind))),
        may_make: kind != Kind::Settings && may_propose(&context, kind),
    };
    let rows = open.map(row).collect();
    answer::html(&KindsPage { rows, page })
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "documents.html")]
struct DocumentsPage {
    page: Page,
    kind: Kind,
    kind_name: String,
    about: String,
    rows: Vec<Row>,
    next: Option<String>,
    may_plan: bool,
    /// Further pages about documents of this kind: their addresses and the keys of their names.
    further: Vec<(&'static str, &'static str)>,
}

struct Row {
    id: String,
    name: Option<String>,
    at: Timestamp,
    actor: String,
}

async fn list(context: Context, Path(name): Path<String>, Query(after): Query<After>) -> Result<Response, Problem> {
    let kind = kind(&name)?;
    if after.after.as_deref().is_some_and(|after| after.chars().any(char::is_control)) {
        return Err(Problem::Malformed);
    }
    let store = &context.services.control_plane.store;
    let found = store.list(kind, after.after.as_deref(), ROWS).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|length| length == ROWS);
    let next = found.last().filter(|_| is_full).map(|last| last.id.clone());
    let row = |document: sekisho_store::Document| Row {
        name: display_name(&document.body),
        id: document.id,
        at: document.at,
        actor: document.actor,
    };
    let page = context.page_with_times();
    answer::html(&DocumentsPage {
        kind,
        kind_name: page.say(fields::name_of(kind)),
        about: page.say(&format!("about-{}", fields::name_of(kind))),
        rows: found.into_iter().map(row).collect(),
        next,
        may_plan: may_propose(&context, kind),
        further: further(&context, kind),
        page,
    })
}

/// Further pages about documents of a kind that somebody may open.
fn further(context: &Context, kind: Kind) -> Vec<(&'static str, &'static str)> {
    let writes = |kind| access::may(context, &table::putting(kind), None);
    let (all, written): (&[_], &[_]) = match kind {
        Kind::User => (
            &[("/console/bulk/users", "bulk-users"), ("/console/export/users.csv", "export-csv")],
            if writes(Kind::User) { &[("/console/import/users", "import-users")] } else { &[] },
        ),
        Kind::Device => (&[("/console/export/devices.csv", "export-csv")], &[]),
        Kind::Resource => (
            &[("/console/export/applications.csv", "export-csv")],
            match writes(Kind::Resource) && writes(Kind::Policy) {
                true => &[("/console/applications/publish", "publish")],
                false => &[],
            },
        ),
        Kind::Policy => (&[("/console/policies/by-resource", "policies-of")], &[]),
        _ => (&[], &[]),
    };
    written.iter().chain(all).copied().collect()
}
