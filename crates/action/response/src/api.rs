//! The routes of the REST API: look at responses and playbooks, approve, undo, make the secret of a playbook's messages.

use axum::extract::{Path, Query};
use sekisho_capability::ActSpec;
use sekisho_model::Timestamp;
use sekisho_model::documents::{Kind, Playbook};
use sekisho_rest::{Access, Answer, Api, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::acts::{PLAYBOOK_SECRET_MADE, RESPONSE_APPROVED, RESPONSE_UNDONE, RESPONSES_READ};
use crate::condition::Condition;
use crate::failure::ResponseError;
use crate::journal::{Reach, Response, State, StepState};
use crate::responses::Responses;
use crate::shown::action_name;
use crate::webhook::Secret;

type Context = Call<Responses>;
/// The most responses of one answer.
const MOST: usize = 500;

/// Five routes.
#[must_use]
pub const fn api<S: AsRef<Responses>>() -> Api<S> {
    Api {
        name: "response",
        routes: |state| {
            Routes::new()
                .add(Access::Act(RESPONSES_READ), route!(list))
                .add(Access::Act(RESPONSE_APPROVED), route!(approve))
                .add(Access::Act(RESPONSE_UNDONE), route!(undo))
                .add(Access::Act(RESPONSES_READ), route!(playbooks))
                .add(Access::Act(PLAYBOOK_SECRET_MADE), route!(make_secret))
                .with(state.as_ref().clone())
        },
    }
}

/// A response: what a playbook did or proposes.
#[derive(Debug, Serialize, ToSchema)]
struct ResponseView {
    /// Its identifier.
    id: String,
    /// The playbook.
    playbook: String,
    /// The name of the signal that began it.
    trigger: String,
    /// The person.
    user: Option<String>,
    /// The devices that it isolates, where it does that.
    devices: Vec<String>,
    /// The address that the finding names.
    address: Option<String>,
    /// When it was written first.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `proposed`, `held`, `spared`, `doing`, `done`, `undoing`, `undone`, `expired` or `dismissed`.
    state: &'static str,
    /// Whether it began by itself.
    automatic: bool,
    /// Who approved, undid or dismissed it last.
    by: Option<String>,
    /// Until when it is in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Whom it reaches, counted before it began.
    reach: Reach,
    /// What was done.
    steps: Vec<StepView>,
}

/// One action of a response.
#[derive(Debug, Serialize, ToSchema)]
struct StepView {
    /// What.
    action: &'static str,
    /// `waiting`, `doing`, `done`, `nothing`, `spared`, `failed`, `undone`, `final` or `left`.
    #[schema(value_type = String)]
    state: StepState,
    /// Why it failed.
    why: Option<String>,
}

/// A playbook and whether it is in force.
#[derive(Debug, Serialize, ToSchema)]
struct PlaybookView {
    /// Its identifier.
    id: String,
    /// The signal that begins it.
    trigger: String,
    /// Its condition in Cedar.
    when: Option<String>,
    /// `propose` or `automatic`.
    #[schema(value_type = String)]
    mode: sekisho_model::documents::PlaybookMode,
    /// What it does.
    actions: Vec<&'static str>,
    /// Why it is not in force; null when it is.
    problem: Option<String>,
}

/// Which responses are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only those in this state.
    #[param(max_length = 32)]
    state: Option<String>,
}

/// The secret of a playbook's messages.
#[derive(Debug, Serialize, ToSchema)]
struct SecretView {
    /// The playbook.
    playbook: String,
    /// The secret, as receivers of Standard Webhooks take it. It is shown this once.
    secret: String,
}

/// List responses, the newest first: at most 500.
#[utoipa::path(get, path = "/responses", tag = "response", params(Asked), responses((status = 200, body = Page<ResponseView>)))]
async fn list(call: Context, Query(asked): Query<Asked>) -> Result<Answer<Page<ResponseView>>, Problem> {
    let all = call.services.all().await.map_err(problem)?.into_iter();
    let fits = |one: &Response| asked.state.as_deref().is_none_or(|state| one.state.name() == state);
    Ok(Answer::ok(Page { items: all.filter(fits).take(MOST).map(view).collect(), next: None }))
}

/// Approve what a playbook proposes: it begins now.
#[utoipa::path(post, path = "/responses/{response}/approve", tag = "response",
    params(("response" = String, Path, description = "The response")), responses((status = 200, body = ResponseView)))]
async fn approve(call: Context, Path(id): Path<String>) -> Result<Answer<ResponseView>, Problem> {
    demand(&call, &RESPONSE_APPROVED, &id).await?;
    let response = call.services.approve(&id, call.actor()?, call.now).await.map_err(problem)?;
    Ok(Answer::ok(view(response)))
}

/// Undo a response, or dismiss what a playbook proposes. What was done last is undone first.
#[utoipa::path(post, path = "/responses/{response}/undo", tag = "response",
    params(("response" = String, Path, description = "The response")), responses((status = 200, body = ResponseView)))]
async fn undo(call: Context, Path(id): Path<String>) -> Result<Answer<ResponseView>, Problem> {
    demand(&call, &RESPONSE_UNDONE, &id).await?;
    let response = call.services.undo(&id, call.actor()?, call.now).await.map_err(problem)?;
    Ok(Answer::ok(view(response)))
}

/// List the playbooks, and whether each is in force.
#[utoipa::path(get, path = "/playbooks", tag = "response", responses((status = 200, body = Page<PlaybookView>)))]
async fn playbooks(call: Context) -> Result<Answer<Page<PlaybookView>>, Problem> {
    let all = call.services.playbooks().await.map_err(problem)?;
    let interner = call.world.facts().interner();
    let items = all.into_iter().map(|playbook| PlaybookView {
        id: playbook.id.to_string(),
        trigger: playbook.trigger.to_string(),
        mode: playbook.mode,
        actions: playbook.actions.iter().map(|action| action_name(*action)).collect(),
        problem: playbook.when.as_deref().and_then(|when| Condition::compile(when, interner).err()),
        when: playbook.when,
    });
    Ok(Answer::ok(Page { items: items.collect(), next: None }))
}

/// Make a new secret that signs the messages of a playbook to its present address. It is shown once; the former one signs no more.
#[utoipa::path(post, path = "/playbooks/{playbook}/secret", tag = "response",
    params(("playbook" = String, Path, description = "The playbook")), responses((status = 200, body = SecretView)))]
async fn make_secret(call: Context, Path(id): Path<String>) -> Result<Answer<SecretView>, Problem> {
    let services = call.services.services();
    let document = services.store.get(Kind::Playbook, &id).await.map_err(Problem::failed)?;
    let playbook = document.and_then(|document| serde_json::from_value::<Playbook>(document.body).ok());
    let unknown = || Problem::not_found(format!("there is no playbook `{}`", id.escape_debug()));
    let playbook = playbook.ok_or_else(unknown)?;
    let made = Secret::new(&playbook, &services.entropy).map_err(Problem::failed)?;
    let secret = made.ok_or_else(|| Problem::wrong("the playbook sends no message: give it a `webhook` first"))?;
    secret.keep(&call.services, playbook.id.as_str(), call.actor()?).await.map_err(problem)?;
    Ok(Answer::ok(SecretView { playbook: playbook.id.to_string(), secret: secret.shown() }))
}

/// Asks again whether the caller may, about the person whom the response touches: a member of a role is more than anybody.
async fn demand(call: &Context, act: &ActSpec, id: &str) -> Result<(), Problem> {
    match call.services.person(id).await.map_err(problem)? {
        Some(person) => call.demand(act, Some(&person)).await,
        None => Ok(()),
    }
}

fn view(response: Response) -> ResponseView {
    let by = response.state.by().map(str::to_owned);
    let until = match response.state {
        State::Done { until, .. } => Some(until),
        _ => None,
    };
    ResponseView {
        state: response.state.name(),
        id: response.id,
        playbook: response.playbook.to_string(),
        trigger: response.trigger.to_string(),
        user: response.user.map(|user| user.to_string()),
        devices: response.devices.iter().map(ToString::to_string).collect(),
        address: response.address.map(|address| address.to_string()),
        at: response.at,
        automatic: response.is_automatic,
        by,
        until,
        reach: response.reach,
        steps: response
            .steps
            .into_iter()
            .map(|step| StepView { action: action_name(step.action), state: step.state, why: step.why })
            .collect(),
    }
}

fn problem(error: ResponseError) -> Problem {
    match error.status() {
        http::StatusCode::SERVICE_UNAVAILABLE => Problem::failed(error),
        status => Problem::new(status, error.code(), error),
    }
}
