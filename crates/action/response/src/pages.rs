//! The console's page: the journal with its proposals, and the playbooks.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response as Answered;
use http::{Method, StatusCode};
use sekisho_capability::{ActSpec, Part};
use sekisho_model::documents::{Kind, Playbook, PlaybookMode};
use sekisho_model::{Action, Actor, Language, Text, Timestamp};
use sekisho_policy_engine::Verdict;
use sekisho_web::list::{AFTER, Asked, Column, Count, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};

use crate::acts::{RESPONSE_APPROVED, RESPONSE_UNDONE, RESPONSES_READ};
use crate::condition::Condition;
use crate::failure::ResponseError;
use crate::journal::{Reach, Response, State};
use crate::responses::Responses;
use crate::shown::{ShownStep, state_class, state_key, steps};

const PATH: &str = "/console/responses";
const READ: ActSpec = RESPONSES_READ;
/// How many rows a page has.
const ROWS: usize = 50;

type Context = RequestContext<Responses>;

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Responses>>() -> Pages<S> {
    Pages {
        name: "response",
        routes: |state| {
            Routes::new()
                .get(PATH, Access::Act(READ), list)
                .post("/console/responses/{response}/approve", Access::Act(RESPONSE_APPROVED), approve)
                .post("/console/responses/{response}/undo", Access::Act(RESPONSE_UNDONE), undo)
                .with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Activity, PATH, "place-responses", READ)];

#[derive(Template)]
#[template(path = "responses.html")]
struct ResponsesPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
    playbooks: Vec<Shown>,
    /// Whether the documents of playbooks may be looked at.
    may_look: bool,
}

/// Looking at the documents of playbooks.
const LOOKED_AT: ActSpec =
    ActSpec::new("documents-read", Action::Read, Part::of_kind(Kind::Playbook), ("Look at documents", "文書の閲覧"));

/// A response.
struct Row {
    response: Response,
    who: String,
    reach: String,
    key: &'static str,
    class: &'static str,
    until: Option<Timestamp>,
    by: Option<String>,
    steps: Vec<ShownStep>,
    may_approve: bool,
    may_undo: bool,
}

/// A playbook.
struct Shown {
    name: String,
    playbook: Playbook,
    is_automatic: bool,
    actions: Vec<ShownStep>,
    problem: Option<String>,
}

async fn list(context: Context, Query(query): Query<Vec<(String, String)>>) -> Result<Answered, Problem> {
    let asked = Asked::read(PATH, &query, &["state"]);
    let typed = asked.search().and_then(sekisho_rest::Typed::new);
    let fits = |one: &Response| {
        let in_state = asked.get("state").is_none_or(|state| one.state.name() == state);
        let user = one.user.as_ref().map_or("", |user| user.as_str());
        let names = [one.id.as_str(), one.playbook.as_str(), one.trigger.as_str(), user];
        in_state && typed.as_ref().is_none_or(|typed| names.into_iter().any(|name| typed.begins(name)))
    };
    let all = context.services.all().await.map_err(|error| refused(&context, &error))?;
    let found: Vec<Response> = all.into_iter().filter(fits).collect();
    let count = Count::Exactly(found.len());
    let start = asked.get(AFTER).and_then(|after| found.iter().position(|one| one.id == after));
    let start = start.map_or(0, |at| at.saturating_add(1));
    let is_more = found.len() > start.saturating_add(ROWS);
    let rows: Vec<Row> = found.into_iter().skip(start).take(ROWS).map(|one| row(&context, one)).collect();
    let last = rows.last().map(|row| row.response.id.clone()).filter(|_| is_more);
    let page = context.page_with_times();
    let mut states = vec![("", page.say("responses-all"))];
    states.extend(crate::shown::STATES.map(|name| (name, page.say(state_key(name)))));
    let filters = vec![Filter::new(&asked, "state", page.say("response-state"), &states)];
    let columns =
        ["response-when", "response-about", "response-playbook", "response-steps", "response-state", "what-you-can-do"];
    let list = List {
        searchable: true,
        filters,
        columns: columns.map(Column::new).into(),
        count: Some(count),
        newer: None,
        older: last.map(|last| asked.with(AFTER, Some(&last))),
        asked,
    };
    let playbooks = context.services.playbooks().await.map_err(|error| refused(&context, &error))?;
    let playbooks = playbooks.into_iter().map(|playbook| shown(&context, playbook)).collect();
    answer::html(&ResponsesPage { may_look: access::permits(&context, &LOOKED_AT), page, list, rows, playbooks })
}

fn row(context: &Context, response: Response) -> Row {
    let may = |act| access::may(context, act, response.user.as_ref());
    let until = match response.state {
        State::Done { until, .. } => Some(until),
        _ => None,
    };
    let devices = || response.devices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Row {
        who: response.user.as_ref().map_or_else(devices, ToString::to_string),
        reach: reach(context, &response),
        key: state_key(response.state.name()),
        class: state_class(&response.state),
        until,
        by: response.state.by().map(str::to_owned),
        steps: steps(&response),
        may_approve: response.is_proposal() && may(&RESPONSE_APPROVED),
        may_undo: response.can_be_undone() && may(&RESPONSE_UNDONE),
        response,
    }
}

fn reach(context: &Context, response: &Response) -> String {
    let Reach { people, sessions, devices, tokens } = response.reach;
    let numbers = [("people", people), ("sessions", sessions), ("devices", devices), ("tokens", tokens)];
    let numbers = numbers.map(|(name, number)| (name, number.to_string()));
    context.site.contents.texts.say_all(context.language, "response-reach", &numbers)
}

fn shown(context: &Context, playbook: Playbook) -> Shown {
    let interner = context.world.facts().interner();
    Shown {
        name: playbook.name.in_language(context.language).to_owned(),
        is_automatic: playbook.mode == PlaybookMode::Automatic,
        actions: playbook.actions.iter().map(|action| ShownStep::of(*action)).collect(),
        problem: playbook.when.as_deref().and_then(|when| Condition::compile(when, interner).err()),
        playbook,
    }
}

async fn approve(context: Context, Path(id): Path<String>) -> Result<Answered, Problem> {
    let actor = permitted(&context, &RESPONSE_APPROVED, &id).await?;
    let approved = context.services.approve(&id, actor, context.now).await;
    approved.map_err(|error| refused(&context, &error))?;
    Ok(answer::see_other(PATH))
}

async fn undo(context: Context, Path(id): Path<String>) -> Result<Answered, Problem> {
    let actor = permitted(&context, &RESPONSE_UNDONE, &id).await?;
    let undone = context.services.undo(&id, actor, context.now).await;
    undone.map_err(|error| refused(&context, &error))?;
    Ok(answer::see_other(PATH))
}

/// Asks again whether this person may, about the person whom the response touches: a member of a role is more than anybody.
async fn permitted(context: &Context, act: &ActSpec, id: &str) -> Result<Actor, Problem> {
    let person = context.person()?;
    let about = context.services.person(id).await.map_err(|error| refused(context, &error))?;
    if let Some(about) = about {
        let decision = access::enter_act(context, person, act, Some(&about), &Method::POST).await?;
        if !matches!(decision.outcome(), Verdict::Permit(_)) {
            return Err(Problem::refused(StatusCode::FORBIDDEN, text(context, "response-not-permitted")));
        }
    }
    Ok(Actor::User(person.id.to_string()))
}

/// Why an act was not done, as a page tells it.
fn refused(context: &Context, error: &ResponseError) -> Problem {
    let Some(key) = error.key() else {
        if matches!(error, ResponseError::NotFound) {
            return Problem::NotFound;
        }
        tracing::error!(%error, "a response could not be changed");
        return Problem::Unavailable;
    };
    Problem::refused(error.status(), text(context, key))
}

fn text(context: &Context, key: &str) -> Text {
    let say = |language| context.site.contents.texts.say(language, key);
    Text { en: say(Language::English), ja: Some(say(Language::Japanese)) }
}
