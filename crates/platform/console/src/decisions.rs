//! Decisions: the recent ones, and each of them explained, found by its request's identifier.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Traced};
use sekisho_model::{Act, DecisionRecord, Outcome, Record, Timestamp, UserId};
use sekisho_web::address::encode;
use sekisho_web::page::Page;
use sekisho_web::verdict::Verdict;
use sekisho_web::{Access, Problem, access, answer, messages, wording};
use serde::Deserialize;

use crate::explanation::{self, Explanation};
use crate::{Context, Routes};

/// How many decisions the list shows.
const RECENT: usize = 100;

pub(crate) fn routes(routes: Routes) -> Routes {
    const READ: Access = Access::Act(table::DECISIONS_READ);
    routes.get("/console/decisions", READ, list).get("/console/decisions/{request}", READ, one)
}

#[derive(Deserialize)]
struct Asked {
    outcome: Option<String>,
    user: Option<String>,
    request: Option<String>,
}

#[derive(Template)]
#[template(path = "decisions.html")]
struct DecisionsPage {
    page: Page,
    filters: Vec<FilterLink>,
    not_found: Option<String>,
    user: Option<UserId>,
    rows: Vec<Row>,
}

struct FilterLink {
    href: String,
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

/// The filters: their texts, their names in the address, what they let through.
const FILTERS: [(&str, &str, Option<Outcome>); 4] = [
    ("filter-all", "", None),
    ("filter-denied", "deny", Some(Outcome::Deny)),
    ("filter-challenged", "challenge", Some(Outcome::Challenge)),
    ("filter-permitted", "permit", Some(Outcome::Permit)),
];

async fn list(context: Context, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(typed) = asked.request.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
        return found(&context, typed).await;
    }
    let outcome = FILTERS.iter().find(|(_, name, _)| asked.outcome.as_deref() == Some(name)).and_then(|one| one.2);
    let user = asked.user.and_then(|user| user.parse::<UserId>().ok());
    shown(&context, outcome, user, None).await
}

/// What was typed: the number of a request, or the name of a person.
async fn found(context: &Context, typed: &str) -> Result<Response, Problem> {
    for number in [typed.to_owned(), typed.to_ascii_uppercase()] {
        let of = match context.site.ledger.trace(&number).await {
            Some(Traced::Decided(..)) => number,
            Some(Traced::Covered(_, decision, _)) => decision.request.to_string(),
            _ => continue,
        };
        return Ok(answer::see_other(&page_of(&of)));
    }
    if let Ok(user) = typed.parse::<UserId>()
        && context.services.identity.user(&user).await?.is_some()
    {
        return Ok(answer::see_other(&of_user("", Some(&user))));
    }
    shown(context, None, None, Some(not_decided(context, typed).await)).await
}

/// The address of a decision's page.
fn page_of(request: &str) -> String {
    format!("/console/decisions/{}", encode(request).replace('/', "%2F"))
}

/// The list's address with a filter and a person.
fn of_user(outcome: &str, user: Option<&UserId>) -> String {
    let user = user.map(|user| format!("user={}", encode(user.as_str())));
    let outcome = (!outcome.is_empty()).then(|| format!("outcome={outcome}"));
    let query: Vec<String> = user.into_iter().chain(outcome).collect();
    match query.is_empty() {
        true => "/console/decisions".to_owned(),
        false => format!("/console/decisions?{}", query.join("&")),
    }
}

/// What is known of a request on which there was no decision.
async fn not_decided(context: &Context, request: &str) -> String {
    let shown: String = request.chars().take(80).collect();
    let (index, sum) = match context.site.ledger.trace(&request.to_ascii_uppercase()).await {
        Some(Traced::Refused(index, sum)) => (index, sum),
        Some(Traced::Undecided(index, act)) => return undecided(context, shown, index, &act),
        _ => return messages::say_with(context.language, "decision-not-found", "request", &shown),
    };
    let field = |name: &str| sum.detail.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let values = [
        ("request", shown),
        ("kind", field("kind").to_owned()),
        ("detail", field("detail").to_owned()),
        ("from", sum.target.trim_start_matches("address/").to_owned()),
        ("entry", index.to_string()),
    ];
    messages::say_all(context.language, "refused-without-decision", &values)
}

/// What a caller asked about that names nothing here.
fn undecided(context: &Context, request: String, index: u64, act: &Act) -> String {
    let field = |name: &str| act.detail.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let values = [
        ("request", request),
        ("act", act.act.clone()),
        ("named", format!("{} {}", field("type"), field("id")).trim().to_owned()),
        ("by", act.target.trim_start_matches("enforcement-point/").to_owned()),
        ("entry", index.to_string()),
    ];
    messages::say_all(context.language, "nothing-to-decide", &values)
}

async fn shown(
    context: &Context,
    outcome: Option<Outcome>,
    user: Option<UserId>,
    not_found: Option<String>,
) -> Result<Response, Problem> {
    let filter = Filter {
        kind: Some(EntryKind::Decision),
        outcome,
        subject: user.as_ref().map(ToString::to_string),
        ..Filter::default()
    };
    let recent = context.site.ledger.recent(RECENT, filter).await;
    let rows = recent.into_iter().filter_map(|(index, record)| match record {
        Record::Decision(decision) => Some(row(context, index, &decision)),
        _ => None,
    });
    let link = |(key, name, one): &(&'static str, &str, Option<Outcome>)| FilterLink {
        href: of_user(name, user.as_ref()),
        key,
        current: *one == outcome,
    };
    let filters = FILTERS.iter().map(link).collect();
    let status = if not_found.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let page = context.page_with_times();
    let rows = rows.collect();
    answer::html_at(status, &DecisionsPage { filters, rows, page, not_found, user })
}

fn row(context: &Context, index: u64, decision: &DecisionRecord) -> Row {
    let name = decision.resource.as_deref().map(|id| {
        access::resource(context, id).map_or(id.to_owned(), |one| one.name.in_language(context.language).to_owned())
    });
    let why = match decision.outcome {
        Outcome::Permit => decision.policies.first().map(ToString::to_string),
        _ => decision.reasons.first().map(|code| wording::code(&context.world, code, context.language)),
    };
    let method = decision.method.as_deref().or(decision.action.map(sekisho_model::Action::name));
    Row {
        index,
        at: decision.at,
        verdict: Verdict(decision.outcome),
        subject: decision.subject.clone().unwrap_or_else(|| context.say("anonymous")),
        resource: name.unwrap_or_else(|| context.say("none")),
        what: format!("{} {}", method.unwrap_or_default(), decision.path.as_deref().unwrap_or_default()),
        why: why.unwrap_or_default(),
        request: decision.request.to_string(),
    }
}

#[derive(Template)]
#[template(path = "decision.html")]
struct DecisionPage {
    page: Page,
    decision: DecisionRecord,
    explained: Explanation,
}

async fn one(context: Context, Path(request): Path<String>) -> Result<Response, Problem> {
    let (index, decision) = match context.site.ledger.trace(&request).await {
        Some(Traced::Decided(index, decision)) => (index, *decision),
        Some(Traced::Covered(_, decision, _)) => return Ok(answer::see_other(&page_of(decision.request.as_str()))),
        _ => return shown(&context, None, None, Some(not_decided(&context, &request).await)).await,
    };
    let explained = explanation::of(&context, index, &decision).await;
    answer::html(&DecisionPage { page: context.page_with_times(), decision, explained })
}
