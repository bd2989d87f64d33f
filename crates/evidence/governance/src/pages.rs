//! The pages of the console: how the installation stands, and the evidence for one item.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_model::{Language, Timestamp};
use sekisho_web::list::{Asked, Column, Count, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::assessment::{Assessment, Judged, State};
use crate::capability::GOVERNANCE_READ;
use crate::catalogue::Framework;
use crate::governance::Governance;
use crate::view::{EvidenceView, evidence};

type Context = RequestContext<Governance>;

pub(crate) const TEXTS: &[(Language, &str)] = &[
    (Language::English, include_str!("../messages/en.ftl")),
    (Language::Japanese, include_str!("../messages/ja.ftl")),
];

const LIST: &str = "/console/governance";
const PLACES: &[Place] = &[Place::of_console(Group::Platform, LIST, "place-governance", GOVERNANCE_READ)];
/// The parts of the frameworks, in the order in which they are shown.
const PARTS: [&str; 9] = ["user", "device", "app", "data", "network", "automation", "visibility", "resource", "access"];

/// The levels of the activities.
const LEVELS: [&str; 2] = ["target", "advanced"];

/// The pages, for those who may look at the record.
#[must_use]
pub const fn pages<S: AsRef<Governance>>() -> Pages<S> {
    Pages {
        name: "governance",
        routes: |state| {
            Routes::new()
                .get(LIST, Access::Act(GOVERNANCE_READ), list)
                .get("/console/governance/{id}", Access::Act(GOVERNANCE_READ), show)
                .with(state.as_ref().clone())
        },
        places: PLACES,
        texts: TEXTS,
    }
}

#[derive(Template)]
#[template(path = "governance.html")]
struct GovernancePage {
    page: Page,
    list: List,
    summaries: Vec<Summary>,
    rows: Vec<Row>,
    /// When the evidence was read, and of how many entries of the ledger.
    read: Option<(Timestamp, u64)>,
}

/// How many items of a framework are in which state.
struct Summary {
    framework: Framework,
    counts: [usize; State::ALL.len()],
}

struct Row {
    id: String,
    number: &'static str,
    name: &'static str,
    part: &'static str,
    level: &'static str,
    state: State,
    met: usize,
    of: usize,
}

async fn list(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let page = context.page_with_times();
    let asked = Asked::read(LIST, &query, &["framework", "state", "level", "part"]);
    let newest = context.services.newest();
    let items: &[Judged] = newest.as_deref().map(|newest| newest.items.as_slice()).unwrap_or_default();
    let framework = asked.get("framework").and_then(Framework::from_name).unwrap_or(Framework::Dod);
    let search = asked.search().map(str::to_lowercase);
    let is_wanted = |one: &&Judged| {
        let fits = |name, is: &str| asked.get(name).is_none_or(|wanted| wanted == is);
        let text = |search: &String| {
            let names = [Language::English, Language::Japanese].map(|language| one.item.name(language).to_lowercase());
            one.item.number.starts_with(search.as_str()) || names.iter().any(|name| name.contains(search.as_str()))
        };
        one.item.framework == framework
            && fits("state", one.state.name())
            && fits("part", one.item.part)
            && fits("level", one.item.level)
            && search.as_ref().is_none_or(text)
    };
    let rows: Vec<Row> =
        newest.iter().flat_map(|newest| items.iter().filter(is_wanted).map(|one| row(&page, newest, one))).collect();
    let summaries = Framework::ALL.map(|framework| summary(items, framework)).into_iter().collect();
    let list = framed(&page, asked, framework, rows.len());
    let read = newest.as_ref().map(|newest| (newest.at, newest.index));
    answer::html(&GovernancePage { list, summaries, rows, read, page })
}

fn row(page: &Page, assessment: &Assessment, one: &Judged) -> Row {
    let told = evidence(assessment, one.item);
    Row {
        id: one.item.id(),
        number: one.item.number,
        name: one.item.name(page.language),
        part: one.item.part,
        level: one.item.level,
        state: one.state,
        met: told.iter().filter(|one| one.met).count(),
        of: told.len(),
    }
}

fn summary(items: &[Judged], framework: Framework) -> Summary {
    let of = |state| items.iter().filter(|one| one.item.framework == framework && one.state == state).count();
    Summary { framework, counts: State::ALL.map(of) }
}

/// What stands around the rows.
fn framed(page: &Page, asked: Asked, framework: Framework, count: usize) -> List {
    let frameworks = Framework::ALL.map(|one| (one.name(), page.say(&format!("governance-of-{}", one.name()))));
    let with_all = |values: Vec<(&'static str, String)>| {
        std::iter::once(("", page.say("governance-all"))).chain(values).collect::<Vec<_>>()
    };
    let states = State::ALL.map(|one| (one.name(), page.say(&format!("governance-of-{}", one.name())))).to_vec();
    let mut filters = vec![
        Filter::new(&asked, "framework", page.say("framework"), &frameworks),
        Filter::new(&asked, "state", page.say("item-state"), &with_all(states)),
    ];
    if framework == Framework::Dod {
        let levels = LEVELS.map(|level| (level, page.say(&format!("governance-of-{level}")))).to_vec();
        filters.push(Filter::new(&asked, "level", page.say("level"), &with_all(levels)));
        let parts = PARTS.iter().take(7).map(|part| (*part, page.say(&format!("governance-of-{part}")))).collect();
        filters.push(Filter::new(&asked, "part", page.say("part"), &with_all(parts)));
    }
    let columns = ["item", "part", "item-state", "evidence"].map(Column::new).to_vec();
    List { asked, searchable: true, filters, columns, count: Some(Count::Exactly(count)), newer: None, older: None }
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    page: Page,
    framework: Framework,
    number: &'static str,
    name: &'static str,
    part: &'static str,
    level: &'static str,
    state: State,
    evidence: Vec<EvidenceView>,
    read: (Timestamp, u64),
}

async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let page = context.page_with_times();
    let newest = context.services.newest().ok_or(Problem::Unavailable)?;
    let found = newest.items.iter().find(|one| one.item.id() == id).ok_or(Problem::NotFound)?;
    answer::html(&ItemPage {
        framework: found.item.framework,
        number: found.item.number,
        name: found.item.name(page.language),
        part: found.item.part,
        level: found.item.level,
        state: found.state,
        evidence: evidence(&newest, found.item),
        read: (newest.at, newest.index),
        page,
    })
}
