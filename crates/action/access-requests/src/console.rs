//! The console's list of requests: everybody's, by state.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_model::documents::GrantRequest;
use sekisho_web::list::{AFTER, Asked, Column, Count, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::REQUESTS_READ;
use crate::pages::{Context, Routes, refused};
use crate::portal::may_answer;
use crate::shown::{Shown, Standing};

pub(crate) const PATH: &str = "/console/requests";
/// How many rows a page has.
const ROWS: usize = 50;
/// Every state, in the order of the filter.
const STANDINGS: [Standing; 6] =
    [Standing::Open, Standing::Live, Standing::Ended, Standing::Refused, Standing::Withdrawn, Standing::Lapsed];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(REQUESTS_READ), list)
}

#[derive(Template)]
#[template(path = "console_requests.html")]
struct ListPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    shown: Shown,
    may_answer: bool,
}

async fn list(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["state"]);
    let typed = asked.search().and_then(sekisho_rest::Typed::new);
    let fits = |one: &GrantRequest| {
        let in_state = asked.get("state").is_none_or(|state| Standing::of(one, context.now).name() == state);
        let names = [one.user.as_str(), one.resource.as_str(), one.id.as_str()];
        in_state && typed.as_ref().is_none_or(|typed| names.into_iter().any(|name| typed.begins(name)))
    };
    let all = context.services.all().await.map_err(|refusal| refused(&context, &refusal))?;
    let found: Vec<GrantRequest> = all.into_iter().filter(fits).collect();
    let count = Count::Exactly(found.len());
    let start = asked.get(AFTER).and_then(|after| found.iter().position(|one| one.id.as_str() == after));
    let start = start.map_or(0, |at| at.saturating_add(1));
    let is_more = found.len() > start.saturating_add(ROWS);
    let rows: Vec<Row> = found.into_iter().skip(start).take(ROWS).map(|one| row(&context, one)).collect();
    let last = rows.last().map(|row| row.shown.request.id.to_string()).filter(|_| is_more);
    let page = context.page_with_times();
    let mut states = vec![("", page.say("requests-all"))];
    states.extend(STANDINGS.map(|standing| (standing.name(), page.say(standing.key()))));
    let filters = vec![Filter::new(&asked, "state", page.say("requests-state"), &states)];
    let columns =
        ["requests-who", "requests-what", "requests-state", "requests-how-long", "requests-asked", "requests-why"];
    let list = List {
        searchable: true,
        filters,
        columns: columns.map(Column::new).into(),
        count: Some(count),
        newer: None,
        older: last.map(|last| asked.with(AFTER, Some(&last))),
        asked,
    };
    answer::html(&ListPage { page, list, rows })
}

fn row(context: &Context, request: GrantRequest) -> Row {
    Row { may_answer: may_answer(context, &request), shown: Shown::of(context, request) }
}
