//! Decisions: the recent ones, and each of them explained, found by its request's identifier.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{DecisionRecord, Outcome, Record, Timestamp, UserId};
use serde::Deserialize;

use super::explanation::{self, Explanation};
use crate::guard::Access;
use crate::onward::encode;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::verdict::Verdict;
use crate::visit::Visit;
use crate::{access, answer, messages, wording};

/// How many decisions the list shows.
const RECENT: usize = 100;

pub(super) fn routes(routes: Routes) -> Routes {
    const READ: Access = super::READ;
    routes.get("/console/decisions", READ, list).get("/console/decisions/{request}", READ, one)
}

#[derive(Deserialize)]
struct Asked {
    outcome: Option<String>,
    user: Option<String>,
    request: Option<String>,
}

#[derive(Template)]
#[template(path = "console/decisions.html")]
struct DecisionsPage {
    page: Page,
    filters: Vec<FilterLink>,
    not_found: Option<String>,
    rows: Vec<Row>,
}

struct FilterLink {
    href: &'static str,
    key: &'static str,
    current: bool,
}

struct Row {
    index: u64,
    at: Timestamp,
    verdict: Verdict,
    subject: String,
    resource: String,
    what: String,
    why: String,
    request: String,
}

const FILTERS: [(&str, &str, Option<Outcome>); 4] = [
    ("/console/decisions", "filter-all", None),
    ("/console/decisions?outcome=deny", "filter-denied", Some(Outcome::Deny)),
    ("/console/decisions?outcome=challenge", "filter-challenged", Some(Outcome::Challenge)),
    ("/console/decisions?outcome=permit", "filter-permitted", Some(Outcome::Permit)),
];

async fn list(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(request) = asked.request.as_deref().map(str::trim).filter(|request| !request.is_empty()) {
        return match visit.state.ledger.find_decision(request).await {
            Some(_) => Ok(answer::see_other(&format!("/console/decisions/{}", encode(request).replace('/', "%2F")))),
            None => shown(&visit, None, None, Some(not_decided(&visit, request).await)).await,
        };
    }
    let outcome = FILTERS.iter().find_map(|(href, _, outcome)| {
        let asked = asked.outcome.as_deref()?;
        href.strip_prefix("/console/decisions?outcome=").filter(|known| *known == asked).and(*outcome)
    });
    let user = asked.user.and_then(|user| user.parse::<UserId>().ok());
    shown(&visit, outcome, user, None).await
}

/// What is known of a request on which there was no decision.
async fn not_decided(visit: &Visit, request: &str) -> String {
    let shown: String = request.chars().take(80).collect();
    let Some((index, sum)) = visit.state.ledger.find_refused(&request.to_ascii_uppercase()).await else {
        return messages::say_with(visit.language, "decision-not-found", "request", &shown);
    };
    let field = |name: &str| sum.detail.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let values = [
        ("request", shown),
        ("kind", field("kind").to_owned()),
        ("detail", field("detail").to_owned()),
        ("from", sum.target.trim_start_matches("address/").to_owned()),
        ("entry", index.to_string()),
    ];
    messages::say_all(visit.language, "refused-without-decision", &values)
}

async fn shown(
    visit: &Visit,
    outcome: Option<Outcome>,
    user: Option<UserId>,
    not_found: Option<String>,
) -> Result<Response, Problem> {
    let filter = Filter {
        kind: Some(EntryKind::Decision),
        outcome,
        subject: user.map(|user| user.to_string()),
        ..Filter::default()
    };
    let recent = visit.state.ledger.recent(RECENT, filter).await;
    let rows = recent.into_iter().filter_map(|(index, record)| match record {
        Record::Decision(decision) => Some(row(visit, index, &decision)),
        _ => None,
    });
    let filters = FILTERS.iter().map(|(href, key, one)| FilterLink { href, key, current: *one == outcome });
    let status = if not_found.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let page = visit.page_with_times();
    answer::html_at(status, &DecisionsPage { filters: filters.collect(), rows: rows.collect(), page, not_found })
}

fn row(visit: &Visit, index: u64, decision: &DecisionRecord) -> Row {
    let name = decision.resource.as_deref().map(|id| {
        access::resource(visit, id).map_or(id.to_owned(), |one| one.name.in_language(visit.language).to_owned())
    });
    let why = match decision.outcome {
        Outcome::Permit => decision.policies.first().map(ToString::to_string),
        _ => decision.reasons.first().map(|code| wording::code(&visit.world, code, visit.language)),
    };
    let method = decision.method.as_deref().or(decision.action.map(sekisho_model::Action::name));
    Row {
        index,
        at: decision.at,
        verdict: Verdict(decision.outcome),
        subject: decision.subject.clone().unwrap_or_else(|| visit.say("anonymous")),
        resource: name.unwrap_or_else(|| visit.say("none")),
        what: format!("{} {}", method.unwrap_or_default(), decision.path.as_deref().unwrap_or_default()),
        why: why.unwrap_or_default(),
        request: decision.request.to_string(),
    }
}

#[derive(Template)]
#[template(path = "console/decision.html")]
struct DecisionPage {
    page: Page,
    decision: DecisionRecord,
    explained: Explanation,
}

async fn one(visit: Visit, Path(request): Path<String>) -> Result<Response, Problem> {
    let (index, decision) = visit.state.ledger.find_decision(&request).await.ok_or(Problem::NotFound)?;
    let explained = explanation::of(&visit, index, &decision).await;
    answer::html(&DecisionPage { page: visit.page_with_times(), decision, explained })
}
