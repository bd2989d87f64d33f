//! The routes of the REST API: ask, approve, refuse, withdraw, list.

use axum::extract::{Path, Query};
use sekisho_capability::Services;
use sekisho_model::documents::GrantRequest;
use sekisho_model::facts::EntityType;
use sekisho_model::{Action, Actor, GrantId, ResourceId, Timestamp, UserId};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use sekisho_web::Reach;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::approver::resource;
use crate::form::action;
use crate::shown::Standing;
use crate::{Approver, REQUESTS_READ, RequestRefusal, Requests, Wanted};

type Context = Call<Requests>;
/// The most requests of one answer.
const MOST: usize = 500;

/// Five routes.
#[must_use]
pub const fn api<S: AsRef<Services>>() -> Api<S> {
    Api {
        name: "access-requests",
        routes: |state| {
            Routes::new()
                .add(Access::Act(REQUESTS_READ), route!(list))
                .add(Access::SignedIn, route!(own))
                .add(Access::SignedIn, route!(ask))
                .add(Access::SignedIn, route!(approve))
                .add(Access::SignedIn, route!(refuse))
                .add(Access::SignedIn, route!(withdraw))
                .with(Requests::new(AsRef::<Services>::as_ref(state).clone()))
        },
    }
}

/// A request for access.
#[derive(Debug, Serialize, ToSchema)]
struct RequestView {
    /// Its identifier, and that of the grant that its approval makes.
    id: String,
    /// Who asks.
    user: String,
    /// For what.
    resource: String,
    /// Why.
    reason: String,
    /// For how many seconds, counted from the approval.
    seconds: u32,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// `open`, `live`, `ended`, `refused`, `withdrawn` or `lapsed`.
    state: &'static str,
    /// Who answered it.
    by: Option<String>,
    /// When the grant ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Why it was refused.
    why: Option<String>,
}

/// Which requests are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those in this state.
    #[param(max_length = 32)]
    state: Option<String>,
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskBody {
    /// The resource.
    #[schema(value_type = String)]
    resource: ResourceId,
    /// Why: 1 to 500 characters.
    reason: String,
    /// For how many seconds: at most 86400.
    #[schema(minimum = 1, maximum = 86400)]
    seconds: u32,
}

/// Why a request is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefuseBody {
    /// For the person who asked: 1 to 500 characters.
    why: String,
}

/// List everybody's requests for access, the newest first: at most 500.
#[utoipa::path(get, path = "/access-requests", tag = "access-requests", params(Filter), responses((status = 200, body = Page<RequestView>)))]
async fn list(call: Context, Query(filter): Query<Filter>) -> Result<Answer<Page<RequestView>>, Problem> {
    listed(&call, &filter, |_| true).await
}

/// List the requests of the person who calls, the newest first: at most 500.
#[utoipa::path(get, path = "/me/access-requests", tag = "access-requests", params(Filter), responses((status = 200, body = Page<RequestView>)))]
async fn own(call: Context, Query(filter): Query<Filter>) -> Result<Answer<Page<RequestView>>, Problem> {
    let user = person(&call)?;
    listed(&call, &filter, |one| one.user == user).await
}

async fn listed(
    call: &Context,
    filter: &Filter,
    fits: impl Fn(&GrantRequest) -> bool,
) -> Result<Answer<Page<RequestView>>, Problem> {
    let all = call.services.all().await.map_err(problem)?.into_iter().filter(fits).map(|one| view(one, call.now));
    let items = all.filter(|one| filter.state.as_deref().is_none_or(|state| one.state == state));
    Ok(Answer::ok(Page { items: items.take(MOST).collect(), next: None }))
}

/// Request access to a resource that a grant would open.
#[utoipa::path(post, path = "/access-requests", tag = "access-requests", request_body = AskBody, responses((status = 201, body = RequestView)))]
async fn ask(call: Context, Body(asked): Body<AskBody>) -> Result<Answer<RequestView>, Problem> {
    let user = person(&call)?;
    let missing = || Problem::not_found(format_args!("no resource `{}` can be requested", asked.resource));
    let handle = call.world.facts().find(EntityType::Resource, asked.resource.as_str()).ok_or_else(missing)?;
    let found = call.world.resource(handle).ok_or_else(missing)?;
    let decision = call.ask(action(found), handle).await?;
    match Reach::of(&decision) {
        Some(Reach::Requestable) => {}
        Some(Reach::Mine) => return Err(problem(RequestRefusal::NotRequestable)),
        // What nothing would open for this person is not named.
        None => return Err(missing()),
    }
    let wanted = Wanted { user, resource: asked.resource, reason: asked.reason, seconds: asked.seconds };
    let request = call.services.ask(wanted, call.actor()?, call.now).await.map_err(problem)?;
    Ok(Answer::created(view(request, call.now)))
}

/// Approve a request: its grant starts now. A policy must permit the caller to `approve` on the resource; nobody approves their own.
#[utoipa::path(post, path = "/access-requests/{id}/approve", tag = "access-requests",
    params(("id" = String, Path, description = "The request")), responses((status = 200, body = RequestView)))]
async fn approve(call: Context, Path(id): Path<String>) -> Result<Answer<RequestView>, Problem> {
    let (id, approver) = approver(&call, &id).await?;
    let request = call.services.approve(&id, &approver, call.now).await.map_err(problem)?;
    Ok(Answer::ok(view(request, call.now)))
}

/// Refuse a request, and say why. Who may approve it may refuse it.
#[utoipa::path(post, path = "/access-requests/{id}/refuse", tag = "access-requests", request_body = RefuseBody,
    params(("id" = String, Path, description = "The request")), responses((status = 200, body = RequestView)))]
async fn refuse(
    call: Context,
    Path(id): Path<String>,
    Body(body): Body<RefuseBody>,
) -> Result<Answer<RequestView>, Problem> {
    let (id, approver) = approver(&call, &id).await?;
    let request = call.services.refuse(&id, &approver, &body.why, call.now).await.map_err(problem)?;
    Ok(Answer::ok(view(request, call.now)))
}

/// Withdraw a request of one's own. A grant that it has ends at once.
#[utoipa::path(post, path = "/access-requests/{id}/withdraw", tag = "access-requests",
    params(("id" = String, Path, description = "The request")), responses((status = 200, body = RequestView)))]
async fn withdraw(call: Context, Path(id): Path<String>) -> Result<Answer<RequestView>, Problem> {
    let (id, user) = (identifier(&id)?, person(&call)?);
    let request = call.services.withdraw(&id, &user, call.actor()?, call.now).await.map_err(problem)?;
    Ok(Answer::ok(view(request, call.now)))
}

/// Decides, and records, whether the caller may answer a request.
async fn approver(call: &Context, id: &str) -> Result<(GrantId, Approver), Problem> {
    let (id, user) = (identifier(id)?, person(call)?);
    let request = call.services.find(&id).await.map_err(problem)?;
    Approver::not_own(&user, &request).map_err(problem)?;
    let handle = resource(&call.world, &request).map_err(problem)?;
    let decision = call.ask(Action::Approve, handle).await?;
    Ok((id, Approver::of(&user, &decision, &request).map_err(problem)?))
}

/// The person who calls. A token asks for nobody, and the operator is nobody whom a policy names.
fn person(call: &Context) -> Result<UserId, Problem> {
    let caller = call.caller()?;
    match (&caller.actor, caller.session()) {
        (Actor::User(user), Some(_)) => user.parse().map_err(Problem::wrong),
        _ => Err(Problem::forbidden(
            "access is requested and approved by people: sign in with `sekisho login` and name the portal with `--server URL`",
        )),
    }
}

fn identifier(id: &str) -> Result<GrantId, Problem> {
    id.parse().map_err(|_| problem(RequestRefusal::NotFound))
}

fn view(request: GrantRequest, now: Timestamp) -> RequestView {
    use sekisho_model::documents::GrantRequestState as State;
    let state = Standing::of(&request, now).name();
    let (by, until, why) = match request.state {
        State::Approved { by, until, .. } => (Some(by.to_string()), Some(until), None),
        State::Refused { by, why, .. } => (Some(by.to_string()), None, Some(why)),
        State::Open | State::Withdrawn { .. } => (None, None, None),
    };
    RequestView {
        id: request.id.to_string(),
        user: request.user.to_string(),
        resource: request.resource.to_string(),
        reason: request.reason,
        seconds: request.seconds,
        asked_at: request.asked_at,
        state,
        by,
        until,
        why,
    }
}

fn problem(refusal: RequestRefusal) -> Problem {
    match refusal {
        RequestRefusal::NoRandomness | RequestRefusal::Change(_) => Problem::failed(refusal),
        refusal => Problem::new(refusal.status(), refusal.code(), refusal),
    }
}
