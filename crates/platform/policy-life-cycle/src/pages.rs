//! The console's pages: the list of drafts, and one draft with what it would do, what it would have decided, and its next steps.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::table::{
    POLICY_DRAFT_APPROVED, POLICY_DRAFT_PUT, POLICY_DRAFTS_READ, POLICY_PUBLISHED, POLICY_ROLLED_BACK,
};
use sekisho_control_plane::{ControlPlane, Impact};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Language, Text, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};
use serde::Deserialize;

use crate::draft::{Draft, State};
use crate::failure::LifeCycleError;
use crate::life_cycle::{LifeCycle, Stored, Written};
use crate::lints::Lint;
use crate::report::Difference;
use crate::table::{ACTIONS, TableRow};
use crate::wording::{cell_key, outcome_key, state_class, state_key};

const PATH: &str = "/console/policy-drafts";

type Context = RequestContext<LifeCycle>;

/// Two pages in the console, with their texts.
#[must_use]
pub const fn pages<S: AsRef<ControlPlane>>() -> Pages<S> {
    Pages {
        name: "policy-life-cycle",
        routes: |state| {
            let put = || Access::Act(POLICY_DRAFT_PUT);
            Routes::new()
                .get(PATH, Access::Act(POLICY_DRAFTS_READ), list)
                .post(PATH, put(), begin)
                .get("/console/policy-drafts/{draft}", Access::Act(POLICY_DRAFTS_READ), one)
                .post("/console/policy-drafts/{draft}/text", put(), write)
                .post("/console/policy-drafts/{draft}/report-only", put(), start)
                .post("/console/policy-drafts/{draft}/stop", put(), stop)
                .post("/console/policy-drafts/{draft}/withdraw", put(), withdraw)
                .post("/console/policy-drafts/{draft}/approve", Access::Act(POLICY_DRAFT_APPROVED), approve)
                .post("/console/policy-drafts/{draft}/publish", Access::Act(POLICY_PUBLISHED), publish)
                .post("/console/policy-drafts/{draft}/roll-back", Access::Act(POLICY_ROLLED_BACK), roll_back)
                .with(LifeCycle::new(state.as_ref().clone()))
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, PATH, "place-policy-drafts", POLICY_DRAFTS_READ)];

#[derive(Template)]
#[template(path = "policy-drafts.html")]
struct DraftsPage {
    page: Page,
    rows: Vec<Row>,
    /// The policy files of which a draft may be begun.
    policies: Vec<String>,
    may_write: bool,
}

/// A draft in the list.
struct Row {
    draft: Draft,
    key: &'static str,
    class: &'static str,
    differences: u64,
}

#[derive(Template)]
#[template(path = "policy-draft.html")]
struct DraftPage {
    page: Page,
    draft: Draft,
    revision: u64,
    key: &'static str,
    class: &'static str,
    lints: Vec<Lint>,
    impact: Option<Impact>,
    actions: [&'static str; 6],
    table: Vec<ShownRow>,
    compared: u64,
    passed_over: u64,
    differences: Vec<ShownDifference>,
    needs_approval: bool,
    is_current: bool,
    present: u64,
    approved_by: Option<String>,
    ended: Option<(String, Timestamp)>,
    may_write: bool,
    may_approve: bool,
    may_publish: bool,
    may_roll_back: bool,
}

/// A row of the table of who may do what.
struct ShownRow {
    who: String,
    what: String,
    cells: Vec<ShownCell>,
}

/// One action of it: the keys of its words.
struct ShownCell {
    action: &'static str,
    then: Vec<&'static str>,
    now: Vec<&'static str>,
    differs: bool,
}

/// A difference that report-only found.
struct ShownDifference {
    row: Difference,
    now: &'static str,
    then: &'static str,
}

#[derive(Deserialize)]
struct BeginForm {
    draft: String,
    policy: String,
}

#[derive(Deserialize)]
struct TextForm {
    text: String,
    revision: u64,
    policy_revision: u64,
}

#[derive(Deserialize)]
struct ApprovalForm {
    digest: String,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let all = context.services.all().await.map_err(|error| refused(&context, &error))?;
    let mut rows = Vec::with_capacity(all.len());
    for Stored { draft, .. } in all {
        let report = context.services.report(&draft).await.map_err(|error| refused(&context, &error))?;
        let (key, class) = (state_key(&draft.state), state_class(&draft.state));
        rows.push(Row { key, class, differences: report.differences(), draft });
    }
    let policies = context.services.control_plane.store.list_all(Kind::Policy).await;
    let policies = policies.map_err(|error| refused(&context, &error.into()))?;
    answer::html(&DraftsPage {
        page: context.page_with_times(),
        rows,
        policies: policies.into_iter().map(|document| document.id).collect(),
        may_write: access::may(&context, &POLICY_DRAFT_PUT, None),
    })
}

async fn one(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let failed = |error: LifeCycleError| refused(&context, &error);
    let Stored { revision, draft } = context.services.get(&id).await.map_err(failed)?;
    let review = context.services.review(&draft).await.map_err(failed)?;
    let report = context.services.report(&draft).await.map_err(failed)?;
    let person = context.person()?.id.to_string();
    let may = |act: &ActSpec| access::may(&context, act, None);
    let is_open = draft.is_open();
    let approved_by = draft.approved().map(|approval| approval.by.clone());
    let ended = match &draft.state {
        State::Published { at, by } | State::RolledBack { at, by } | State::Withdrawn { at, by } => {
            Some((by.clone(), *at))
        }
        State::Draft | State::ReportOnly { .. } => None,
    };
    answer::html(&DraftPage {
        page: context.page_with_times(),
        revision,
        key: state_key(&draft.state),
        class: state_class(&draft.state),
        lints: review.lints,
        impact: review.impact,
        actions: ACTIONS.map(sekisho_model::Action::name),
        table: review.table.into_iter().map(shown_row).collect(),
        compared: report.compared,
        passed_over: report.passed_over,
        differences: report.rows.into_iter().map(shown_difference).collect(),
        is_current: review.is_current,
        present: review.present,
        may_write: is_open && may(&POLICY_DRAFT_PUT),
        may_approve: is_open && approved_by.is_none() && !draft.is_writer(&person) && may(&POLICY_DRAFT_APPROVED),
        may_publish: is_open && (approved_by.is_some() || !review.needs_approval) && may(&POLICY_PUBLISHED),
        may_roll_back: matches!(draft.state, State::Published { .. }) && may(&POLICY_ROLLED_BACK),
        needs_approval: review.needs_approval,
        approved_by,
        ended,
        draft,
    })
}

fn shown_row(row: TableRow) -> ShownRow {
    let keys = |words: &[&str]| words.iter().map(|word| cell_key(word)).collect();
    let cells = ACTIONS.into_iter().zip(&row.cells).map(|(action, cell)| ShownCell {
        action: action.name(),
        then: keys(&cell.then),
        now: keys(&cell.now),
        differs: cell.differs(),
    });
    ShownRow { cells: cells.collect(), who: row.who, what: row.what }
}

fn shown_difference(row: Difference) -> ShownDifference {
    ShownDifference { now: outcome_key(row.now), then: outcome_key(row.then), row }
}

async fn begin(context: Context, Form(asked): Form<BeginForm>) -> Result<Response, Problem> {
    let actor = actor(&context)?;
    let begun = context.services.begin((&asked.draft, &asked.policy), None, actor, context.now).await;
    shown(&context, begun)
}

async fn write(context: Context, Path(id): Path<String>, Form(asked): Form<TextForm>) -> Result<Response, Problem> {
    // A browser sends the ends of lines its own way; files have theirs.
    let text = asked.text.replace("\r\n", "\n");
    let written = Written { text, seen: Some(asked.revision), base: Some(asked.policy_revision) };
    let written = context.services.write(&id, written, actor(&context)?, context.now).await;
    shown(&context, written)
}

async fn start(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let started = context.services.start(&id, actor(&context)?, context.now).await;
    shown(&context, started)
}

async fn stop(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let stopped = context.services.stop(&id, actor(&context)?, context.now).await;
    shown(&context, stopped)
}

async fn withdraw(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let withdrawn = context.services.withdraw(&id, actor(&context)?, context.now).await;
    shown(&context, withdrawn)
}

async fn approve(
    context: Context,
    Path(id): Path<String>,
    Form(asked): Form<ApprovalForm>,
) -> Result<Response, Problem> {
    let approved = context.services.approve(&id, &asked.digest, actor(&context)?, context.now).await;
    shown(&context, approved)
}

async fn publish(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let published = context.services.publish(&id, actor(&context)?, context.now).await;
    shown(&context, published)
}

async fn roll_back(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let rolled_back = context.services.roll_back(&id, actor(&context)?, context.now).await;
    shown(&context, rolled_back)
}

/// Leads to the page of a draft on which something was done.
fn shown(context: &Context, done: Result<Draft, LifeCycleError>) -> Result<Response, Problem> {
    let draft = done.map_err(|error| refused(context, &error))?;
    Ok(answer::see_other(&format!("{PATH}/{}", draft.id)))
}

fn actor(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}

/// Why a step was not taken, as a page tells it.
fn refused(context: &Context, error: &LifeCycleError) -> Problem {
    let message = match error {
        LifeCycleError::NotFound => return Problem::NotFound,
        LifeCycleError::Failed(error) => {
            tracing::error!(%error, "the life cycle of a policy cannot go on");
            return Problem::Unavailable;
        }
        LifeCycleError::Wrong(message) | LifeCycleError::Refused(message) => message.as_str(),
        _ => "",
    };
    let texts = &context.site.contents.texts;
    let say = |language| texts.say_with(language, error.code(), "message", message);
    Problem::refused(error.status(), Text { en: say(Language::English), ja: Some(say(Language::Japanese)) })
}
