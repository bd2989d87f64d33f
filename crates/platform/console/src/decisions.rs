//! Decisions: the list, down to the first entry of the ledger, narrowed by what its address asks for.

use std::net::IpAddr;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use sekisho_capability::own_resources;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Found, Traced};
use sekisho_model::facts::EntityType;
use sekisho_model::{Act, DecisionRecord, Outcome, PolicyId, Record, Timestamp};
use sekisho_web::address::encode;
use sekisho_web::list::{AFTER, Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::verdict::Verdict;
use sekisho_web::{Access, Problem, answer, list, messages};

use crate::activity::{Narrowing, Period, page_of};
use crate::decision::sentence;
use crate::{Context, Routes, activity, names, say_all};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::DECISIONS_READ), listed)
}

pub(crate) const PATH: &str = "/console/decisions";

/// What the address of the list may ask for.
const FILTERS: &[&str] =
    &["outcome", "own", "user", "resource", "reason", "device", "address", "period", "since", "until"];

#[derive(Template)]
#[template(path = "decisions.html")]
struct DecisionsPage {
    page: Page,
    list: List,
    narrowing: Vec<Narrowing>,
    not_found: Option<String>,
    rows: Vec<Row>,
    hides_own: bool,
    since: String,
    until: String,
}

struct Row {
    href: String,
    at: Timestamp,
    verdict: Verdict,
    /// Account and name.
    subject: Option<(String, String)>,
    resource: String,
    what: String,
    why: String,
    /// The list with this reason alone.
    same_reason: Option<String>,
    index: u64,
}

async fn listed(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, FILTERS);
    match asked.search().map(str::to_owned) {
        Some(typed) => found(&context, asked, &typed).await,
        None => shown(&context, asked, None).await,
    }
}

/// What was typed: the number of a request, or the name of a person or an application.
async fn found(context: &Context, asked: Asked, typed: &str) -> Result<Response, Problem> {
    for number in [typed.to_owned(), typed.to_ascii_uppercase()] {
        let of = match context.site.ledger.trace(&number).await {
            Some(Traced::Decided(..)) => number,
            Some(Traced::Covered(_, decision, _)) => decision.request.to_string(),
            Some(Traced::Refused(..) | Traced::Undecided(..)) => return not_found(context, typed).await,
            _ => continue,
        };
        return Ok(answer::see_other(&page_of(&of, None)));
    }
    for (kind, name) in [(EntityType::User, "user"), (EntityType::Resource, "resource")] {
        if let Some(id) = names::meant(context, kind, typed).await {
            return Ok(answer::see_other(&format!("{PATH}?{name}={}", encode(&id))));
        }
    }
    if is_number(typed) {
        return not_found(context, typed).await;
    }
    let nothing = say_all(context, "decisions-nothing", &[("typed", typed.to_owned())]);
    shown(context, asked, Some(nothing)).await
}

/// Whether something has the form of our numbers of requests.
pub(crate) fn is_number(typed: &str) -> bool {
    typed.len() == 26 && typed.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The list, with what is known of a request on which there was no decision.
pub(crate) async fn not_found(context: &Context, request: &str) -> Result<Response, Problem> {
    shown(context, Asked::read(PATH, &[], FILTERS), Some(not_decided(context, request).await)).await
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

async fn shown(context: &Context, asked: Asked, not_found: Option<String>) -> Result<Response, Problem> {
    let page = context.page_with_times();
    let period = Period::read(&page, &asked);
    let mut filter = filter(&asked, &period);
    filter.subject = names::narrowed_to(context, EntityType::User, asked.get("user")).await;
    filter.resource = names::narrowed_to(context, EntityType::Resource, asked.get("resource")).await;
    let hides_own = !filter.without_permits_of.is_empty();
    // What was searched for and is not there has no rows.
    let Found { entries, next } = match asked.search() {
        Some(_) => Found { entries: Vec::new(), next: None },
        None => context.site.ledger.search(activity::ROWS, filter).await,
    };
    let rows = entries.into_iter().filter_map(|(index, record)| match record {
        Record::Decision(decision) => Some(row(context, &asked, index, &decision)),
        _ => None,
    });
    let rows = rows.collect();
    let status = if not_found.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let narrowing = activity::narrowing(&asked, &["user", "resource", "reason", "device", "address"]);
    let list = List {
        searchable: true,
        filters: vec![outcomes(&page, &asked), period.filter(&page, &asked), own(&page, &asked)],
        columns: ["outcome", "when", "who", "for-what", "why", "ledger-entry"].map(Column::new).into(),
        count: None,
        newer: None,
        older: next.map(|next| asked.with(AFTER, Some(&next.to_string()))),
        asked,
    };
    let (since, until) = (period.since_typed, period.until_typed);
    answer::html_at(status, &DecisionsPage { page, list, narrowing, not_found, rows, hides_own, since, until })
}

/// The outcomes by their names in the address.
const OUTCOMES: [(&str, &str, Option<Outcome>); 4] = [
    ("", "filter-all", None),
    ("deny", "filter-denied", Some(Outcome::Deny)),
    ("challenge", "filter-challenged", Some(Outcome::Challenge)),
    ("permit", "filter-permitted", Some(Outcome::Permit)),
];

fn outcomes(page: &Page, asked: &Asked) -> list::Filter {
    let values = OUTCOMES.map(|(value, key, _)| (value, page.say(key)));
    list::Filter::new(asked, "outcome", page.say("outcome"), &values)
}

fn own(page: &Page, asked: &Asked) -> list::Filter {
    let values = [("", page.say("own-hidden")), ("show", page.say("own-shown"))];
    list::Filter::new(asked, "own", page.say("own-traffic"), &values)
}

/// What the list asks the ledger for.
fn filter(asked: &Asked, period: &Period) -> Filter {
    let text = |name: &str| asked.get(name).map(str::to_owned);
    let outcome = OUTCOMES.iter().find(|(value, ..)| asked.get("outcome") == Some(*value)).and_then(|one| one.2);
    let address = asked.get("address").map(|typed| match typed.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => typed.to_owned(),
    });
    // A filter that names one of the platform's own resources shows its permits too.
    let shows_own = asked.get("own") == Some("show") || asked.get("resource").is_some();
    Filter {
        kind: Some(EntryKind::Decision),
        outcome,
        reason: text("reason"),
        device: text("device"),
        address,
        since: period.since,
        until: period.until,
        without_permits_of: own_resources().filter(|_| !shows_own).map(str::to_owned).collect(),
        before: asked.get(AFTER).and_then(|after| after.parse().ok()),
        ..Filter::default()
    }
}

fn row(context: &Context, asked: &Asked, index: u64, decision: &DecisionRecord) -> Row {
    let name = decision.resource.as_deref().map(|id| names::resource(context, id));
    let code = match decision.outcome {
        Outcome::Permit => decision.policies.first().map(ToString::to_string),
        _ => decision.reasons.first().cloned(),
    };
    let why = match decision.outcome {
        Outcome::Permit => decision.policies.first().map(|id| permitted_by(context, id)),
        _ => Some(sentence::short(context, decision)),
    };
    let method = decision.method.as_deref().or(decision.action.map(sekisho_model::Action::name));
    Row {
        href: page_of(decision.request.as_str(), Some(index)),
        at: decision.at,
        verdict: Verdict(decision.outcome),
        subject: decision.subject.as_deref().map(|id| (id.to_owned(), names::person(context, id))),
        resource: name.unwrap_or_else(|| context.say("none")),
        what: format!("{} {}", method.unwrap_or_default(), decision.path.as_deref().unwrap_or_default()),
        why: why.unwrap_or_default(),
        same_reason: code.map(|code| asked.with("reason", Some(&code))),
        index,
    }
}

/// The sentence of the policy that permits, or its identifier.
fn permitted_by(context: &Context, id: &PolicyId) -> String {
    let reason = context.world.policies().meta(id).and_then(|meta| meta.reason.as_ref());
    reason.map_or_else(|| id.to_string(), |reason| reason.in_language(context.language).to_owned())
}
