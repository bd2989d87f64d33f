//! Acts: who did what to what, of administration and of sign-in, down to the first entry of the ledger.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Found};
use sekisho_model::{Act, Record, Timestamp};
use sekisho_web::list::{AFTER, Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, wording};
use serde_json::Value;

use crate::activity::{Narrowing, Period};
use crate::{Context, Routes, activity};

pub(crate) const PATH: &str = "/console/acts";

const FILTERS: &[&str] = &["user", "act", "period", "since", "until"];

/// How much of an act's details a row shows.
const SHOWN_DETAIL: usize = 240;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::LEDGER_READ), listed)
}

#[derive(Template)]
#[template(path = "acts.html")]
struct ActsPage {
    page: Page,
    list: List,
    narrowing: Vec<Narrowing>,
    rows: Vec<Row>,
    since: String,
    until: String,
}

struct Row {
    at: Timestamp,
    actor: String,
    act: String,
    code: String,
    same_act: String,
    target: String,
    detail: String,
    index: u64,
}

async fn listed(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, FILTERS);
    let page = context.page_with_times();
    let period = Period::read(&page, &asked);
    let filter = Filter {
        kind: Some(EntryKind::Act),
        subject: asked.get("user").map(str::to_owned),
        act: asked.get("act").map(str::to_owned),
        since: period.since,
        until: period.until,
        before: asked.get(AFTER).and_then(|after| after.parse().ok()),
        ..Filter::default()
    };
    let Found { entries, next } = context.site.ledger.search(activity::ROWS, filter).await;
    let rows = entries.into_iter().filter_map(|(index, record)| match record {
        Record::Act(act) => Some(row(&context, &asked, index, act)),
        _ => None,
    });
    let rows = rows.collect();
    let list = List {
        searchable: false,
        filters: vec![period.filter(&page, &asked)],
        columns: ["when", "who", "what-act", "on-what", "details", "ledger-entry"].map(Column::new).into(),
        count: None,
        newer: None,
        older: next.map(|next| asked.with(AFTER, Some(&next.to_string()))),
        asked: asked.clone(),
    };
    let narrowing = activity::narrowing(&asked, &["user", "act"]);
    let (since, until) = (period.since_typed, period.until_typed);
    answer::html(&ActsPage { page, list, narrowing, rows, since, until })
}

fn row(context: &Context, asked: &Asked, index: u64, act: Act) -> Row {
    let detail = match &act.detail {
        Value::Null => String::new(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                other => format!("{name}: {other}"),
            };
            fields.iter().map(field).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    let cut = detail.char_indices().nth(SHOWN_DETAIL).map(|(at, _)| at);
    Row {
        at: act.at,
        actor: act.actor.to_string(),
        act: wording::act(&act.act, context.language),
        same_act: asked.with("act", Some(&act.act)),
        code: act.act,
        target: act.target,
        detail: cut.map_or(detail.clone(), |at| format!("{}…", detail.get(..at).unwrap_or_default())),
        index,
    }
}
