//! Cuts: streams that were ended because a fact changed, each with the time from the fact to the cut.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Found};
use sekisho_model::facts::EntityType;
use sekisho_model::{Record, StreamEnd, Timestamp};
use sekisho_web::list::{AFTER, Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, list, wording};

use crate::activity::{Narrowing, Period, page_of};
use crate::{Context, Routes, activity, names};

pub(crate) const PATH: &str = "/console/cuts";

const FILTERS: &[&str] = &["ends", "user", "resource", "reason", "period", "since", "until"];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::DECISIONS_READ), listed)
}

#[derive(Template)]
#[template(path = "cuts.html")]
struct CutsPage {
    page: Page,
    list: List,
    narrowing: Vec<Narrowing>,
    rows: Vec<Row>,
    since: String,
    until: String,
}

struct Row {
    at: Timestamp,
    subject: String,
    person: String,
    resource: String,
    reason: String,
    same_reason: String,
    /// Milliseconds from the fact to the cut; absent for a stream that ended by itself.
    delay: Option<u64>,
    decision: String,
    index: u64,
}

async fn listed(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, FILTERS);
    let page = context.page_with_times();
    let period = Period::read(&page, &asked);
    let text = |name: &str| asked.get(name).map(str::to_owned);
    let filter = Filter {
        kind: Some(EntryKind::StreamEnd),
        cuts: asked.get("ends") != Some("all"),
        subject: names::narrowed_to(&context, EntityType::User, asked.get("user")).await,
        resource: names::narrowed_to(&context, EntityType::Resource, asked.get("resource")).await,
        reason: text("reason"),
        since: period.since,
        until: period.until,
        before: asked.get(AFTER).and_then(|after| after.parse().ok()),
        ..Filter::default()
    };
    let Found { entries, next } = context.site.ledger.search(activity::ROWS, filter).await;
    let rows = entries.into_iter().filter_map(|(index, record)| match record {
        Record::StreamEnd(end) => Some(row(&context, &asked, index, &end)),
        _ => None,
    });
    let rows = rows.collect();
    let ends = [("", page.say("ends-cut")), ("all", page.say("ends-all"))];
    let list = List {
        searchable: false,
        filters: vec![list::Filter::new(&asked, "ends", page.say("ends"), &ends), period.filter(&page, &asked)],
        columns: ["when", "who", "for-what", "why", "time-to-cut", "ledger-entry"].map(Column::new).into(),
        count: None,
        newer: None,
        older: next.map(|next| asked.with(AFTER, Some(&next.to_string()))),
        asked: asked.clone(),
    };
    let narrowing = activity::narrowing(&asked, &["user", "resource", "reason"]);
    let (since, until) = (period.since_typed, period.until_typed);
    answer::html(&CutsPage { page, list, narrowing, rows, since, until })
}

fn row(context: &Context, asked: &Asked, index: u64, end: &StreamEnd) -> Row {
    Row {
        at: end.at,
        subject: end.subject.clone(),
        person: names::person(context, &end.subject),
        resource: names::resource(context, &end.resource),
        reason: match end.delay_ms {
            Some(_) => wording::code(&context.world, &end.reason, context.language),
            None => context.say("by-itself"),
        },
        same_reason: asked.with("reason", Some(&end.reason)),
        delay: end.delay_ms,
        decision: page_of(end.request.as_str(), None),
        index,
    }
}
