//! Acts: who did what to what, of administration and of sign-in, down to the first entry of the ledger.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Found};
use sekisho_model::facts::EntityType;
use sekisho_model::{Act, Record, Timestamp};
use sekisho_web::list::{AFTER, Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, messages};

use crate::act_words::Linked;
use crate::activity::{Narrowing, Period};
use crate::{Context, Routes, act_words, activity, names};

pub(crate) const PATH: &str = "/console/acts";

const FILTERS: &[&str] = &["user", "act", "period", "since", "until"];

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
    /// The acts that can be chosen: code, text, and whether it is chosen.
    acts: Vec<(&'static str, String, bool)>,
    since: String,
    until: String,
}

struct Row {
    at: Timestamp,
    actor: Linked,
    act: String,
    code: String,
    same_act: String,
    target: Linked,
    detail: String,
    index: u64,
}

async fn listed(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, FILTERS);
    let page = context.page_with_times();
    let period = Period::read(&page, &asked);
    let filter = Filter {
        kind: Some(EntryKind::Act),
        subject: names::narrowed_to(&context, EntityType::User, asked.get("user")).await,
        act: asked.get("act").map(str::to_owned),
        since: period.since,
        until: period.until,
        before: asked.get(AFTER).and_then(|after| after.parse().ok()),
        ..Filter::default()
    };
    let Found { entries, next } = context.site.ledger.search(activity::ROWS, filter).await;
    let rows = entries.into_iter().filter_map(|(index, record)| match record {
        Record::Act(act) => Some(row(&context, &page, &asked, index, &act)),
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
    let acts = acts(&context, &asked);
    answer::html(&ActsPage { page, list, narrowing, rows, acts, since, until })
}

fn row(context: &Context, page: &Page, asked: &Asked, index: u64, act: &Act) -> Row {
    Row {
        at: act.at,
        actor: act_words::actor(context, &act.actor),
        act: act_words::done(&act.act, context.language),
        same_act: asked.with("act", Some(&act.act)),
        code: act.act.clone(),
        target: act_words::target(context, act),
        detail: act_words::details(context, page, act),
        index,
    }
}

/// The acts that can be chosen, by their texts: code, text, and whether it is chosen.
fn acts(context: &Context, asked: &Asked) -> Vec<(&'static str, String, bool)> {
    let one = |code| (code, act_words::done(code, context.language), asked.get("act") == Some(code));
    let mut acts: Vec<_> = messages::keys("act-").map(one).collect();
    acts.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    acts
}
