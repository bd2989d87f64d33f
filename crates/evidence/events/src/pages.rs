//! The page of the console: events, newest first, by time, person, resource, reason, address and class.

use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_capability::own_resources;
use sekisho_model::{Language, Span, Timestamp};
use sekisho_web::list::{AFTER, Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer, wording};

use crate::{Class, EVENTS_READ, Event, Events, Found, Wanted};

const PATH: &str = "/console/events";
const FIELDS: [(&str, &str); 4] =
    [("person", "who"), ("resource", "for-what"), ("reason", "why"), ("address", "network")];
const FILTERS: &[&str] = &["class", "own", "period", "day", "person", "resource", "reason", "address"];
const PERIODS: [(&str, &str, i64); 4] =
    [("", "period-all", 0), ("hour", "period-hour", 60), ("day", "period-day", 1_440), ("week", "period-week", 10_080)];
const ROWS: usize = 30;
const DAY: Span = Span::from_minutes(24 * 60);

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Events>>() -> Pages<S> {
    Pages {
        name: "events",
        routes: |state| Routes::new().get(PATH, Access::Act(EVENTS_READ), list).with(state.as_ref().clone()),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Activity, PATH, "events", EVENTS_READ)];

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    page: Page,
    list: List,
    narrowing: Vec<Narrowing>,
    rows: Vec<Row>,
    day: String,
}

struct Narrowing {
    key: &'static str,
    value: String,
    without: String,
}

struct Row {
    event: Arc<Event>,
    class: &'static str,
    what: String,
    why: String,
    of_person: Option<String>,
    of_resource: Option<String>,
}

async fn list(
    context: RequestContext<Events>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, FILTERS);
    let page = context.page_with_times();
    let wanted = wanted(&page, &asked);
    let Found { events, next } = context.services.search(wanted, ROWS).await.map_err(|error| {
        tracing::error!(%error, "events could not be searched");
        Problem::Unavailable
    })?;
    let rows = events.into_iter().map(|event| row(&context, &page, &asked, event)).collect();
    let classes: Vec<(String, String)> = std::iter::once((String::new(), page.say("filter-all")))
        .chain(Class::ALL.into_iter().map(|class| (class.uid().to_string(), page.say(class.label()))))
        .collect();
    let classes: Vec<(&str, String)> = classes.iter().map(|(value, text)| (value.as_str(), text.clone())).collect();
    let own = [("", page.say("own-hidden")), ("show", page.say("own-shown"))];
    let periods = PERIODS.map(|(value, key, _)| (value, page.say(key)));
    let list = List {
        searchable: false,
        filters: vec![
            Filter::new(&asked, "period", page.say("period"), &periods),
            Filter::new(&asked, "class", page.say("event-class"), &classes),
            Filter::new(&asked, "own", page.say("own-traffic"), &own),
        ],
        columns: ["when", "event", "who", "for-what", "why", "network", "ledger-entry"].map(Column::new).into(),
        count: None,
        newer: None,
        older: next.map(|next| asked.with(AFTER, Some(&next.to_string()))),
        asked: asked.clone(),
    };
    let narrowed = FIELDS.into_iter().filter_map(|(name, key)| {
        Some(Narrowing { key, value: asked.get(name)?.to_owned(), without: asked.with(name, None) })
    });
    let narrowing = narrowed.collect();
    let day = asked.get("day").unwrap_or_default().to_owned();
    answer::html(&EventsPage { page, list, narrowing, rows, day })
}

fn wanted(page: &Page, asked: &Asked) -> Wanted {
    let text = |name: &str| asked.get(name).map(str::to_owned);
    let chosen = PERIODS.iter().find(|(name, _, minutes)| *minutes > 0 && asked.get("period") == Some(*name));
    let since = chosen.map(|(.., minutes)| page.now.plus(Span::from_minutes(-minutes)));
    let day = asked.get("day").and_then(|day| midnight(page, day));
    // Who asks for a resource by its name sees what was permitted there.
    let shows_own = asked.get("own") == Some("show") || asked.get("resource").is_some();
    Wanted {
        since: day.or(since),
        until: day.map(|day| day.plus(DAY)),
        person: text("person"),
        resource: text("resource"),
        reason: text("reason"),
        address: text("address"),
        class: asked.get("class").and_then(|uid| Class::of_uid(uid.parse().ok()?)),
        before: asked.get(AFTER).and_then(|after| after.parse().ok()),
        without_permits_of: own_resources().filter(|_| !shows_own).map(str::to_owned).collect(),
    }
}

/// When a day begins in the zone of the page.
fn midnight(page: &Page, day: &str) -> Option<Timestamp> {
    let as_utc: Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
    Some(as_utc.plus(Span::from_minutes(-i64::from(page.time_zone.offset_at(as_utc)))))
}

fn row(context: &RequestContext<Events>, page: &Page, asked: &Asked, event: Arc<Event>) -> Row {
    let language = context.language;
    let what = match what(&event) {
        Some(key) => page.say(key),
        None => wording::act(&event.code, language),
    };
    let is_decided = matches!(event.code.as_str(), "decision" | "stream-end");
    let why = event.reason.as_deref().unwrap_or_default();
    let why = if is_decided && !why.is_empty() { wording::code(&context.world, why, language) } else { why.to_owned() };
    let of_person = event.person.as_deref().map(|person| asked.with("person", Some(person)));
    let of_resource = event.resource.as_deref().map(|resource| asked.with("resource", Some(resource)));
    Row { class: event.class.label(), what, why, of_person, of_resource, event }
}

/// The key of what happened; `None` for an act, which has a text of its own.
fn what(event: &Event) -> Option<&'static str> {
    match (event.code.as_str(), event.outcome.as_deref().unwrap_or_default()) {
        ("decision", "permit") => Some("event-decision-permit"),
        ("decision", "challenge") => Some("event-decision-challenge"),
        ("decision", _) => Some("event-decision-deny"),
        ("access", "success") => Some("event-access-success"),
        ("access", "deny") => Some("event-access-deny"),
        ("access", _) => Some("event-access-failure"),
        ("stream-end", "cut") => Some("event-stream-end-cut"),
        ("stream-end", _) => Some("event-stream-end-success"),
        _ => None,
    }
}
