//! Device checks: what a device is asked for, why, and how many devices fail.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Check;
use sekisho_model::facts::{Fact, Slot};
use sekisho_web::list::{Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::listing::{Pairs, at_hand, begins, text, typed};
use crate::{Context, Routes};

const PATH: &str = "/console/checks";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::DEVICES_READ), list)
}

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    reason: String,
    remedy: String,
    fact: String,
    platforms: String,
    failing: usize,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &[]);
    let wanted = typed(&asked);
    let fits = |check: &&Check| {
        begins(
            wanted.as_ref(),
            [check.id.as_str(), &check.fact, &check.reason.en, check.reason.ja.as_deref().unwrap_or_default()],
        )
    };
    let found = context.world.checks().map(AsRef::as_ref).filter(fits).collect();
    let (rows, around) = at_hand(&asked, found, |check: &&Check| check.id.to_string(), |name| Some(name.to_owned()));
    let failing = failing(&context);
    let columns = ["check", "checked-fact", "platform", "devices-failing"].map(Column::new).into();
    let rows = rows.into_iter().map(|check| row(&context, check, &failing)).collect();
    answer::html(&ChecksPage { page: context.page(), list: around.list(asked, Vec::new(), columns), rows })
}

/// How many devices fail each check.
fn failing(context: &Context) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for device in context.world.devices() {
        let Fact::Set(checks) = device.facts.get(Slot::FailingChecks) else { continue };
        for check in checks.members() {
            *counts.entry(text(check).to_owned()).or_default() += 1;
        }
    }
    counts
}

fn row(context: &Context, check: &Check, failing: &BTreeMap<String, usize>) -> Row {
    Row {
        id: check.id.to_string(),
        reason: check.reason.in_language(context.language).to_owned(),
        remedy: check.remedy.in_language(context.language).to_owned(),
        fact: check.fact.clone(),
        platforms: check.platforms.join(", "),
        failing: failing.get(check.id.as_str()).copied().unwrap_or_default(),
    }
}
