//! People's accounts: list, show, disable, enable, invite, reset.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Response};
use sekisho_control_plane::acts::table;
use sekisho_identity::EnrolmentLink;
use sekisho_model::documents::{Kind, User};
use sekisho_model::facts::EntityType;
use sekisho_model::{Timestamp, UserId};
use sekisho_rest::{Access, Answer, Condition, Page, Paging, Problem, default_limit, documents, limit, route};
use sekisho_store::Document;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::documents::missing;
use crate::refused::{act, identifier};
use crate::{Context, Routes};

/// A person's account.
#[derive(Debug, Serialize, ToSchema)]
struct UserView {
    /// The account's name.
    id: String,
    /// The display name.
    name: String,
    /// The address of electronic mail.
    email: Option<String>,
    /// The department.
    department: Option<String>,
    /// `staff`, `contractor` or `guest`.
    employment: &'static str,
    /// The clearance, 0 to 4.
    clearance: u8,
    /// `active` or `disabled`.
    status: &'static str,
    /// How well the person was identified, 1 to 3.
    identity_assurance: u8,
    /// The groups that the person is in directly.
    groups: Vec<String>,
    /// The revision of the document.
    revision: u64,
}

/// Which accounts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    after: Option<String>,
    /// Only those whose identifier, or a word of whose name, begins so. Case and width do not matter.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Only members of this group, directly or through another group.
    #[param(max_length = 256)]
    group: Option<String>,
}

/// How an account stands after an act.
#[derive(Debug, Serialize, ToSchema)]
struct UserStatus {
    /// The account's name.
    user: String,
    /// `active` or `disabled`.
    status: &'static str,
}

/// A one-time link with which a person sets up their sign-in methods. It is a secret.
#[derive(Debug, Serialize, ToSchema)]
struct LinkView {
    /// Whose account it opens.
    user: String,
    /// The link.
    url: String,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::Act(table::USERS_READ), route!(list))
        .add(Access::Act(table::USERS_READ), route!(show))
        .add(Access::Act(table::USER_DISABLED), route!(disable))
        .add(Access::Act(table::USER_ENABLED), route!(enable))
        .add(Access::Act(table::ENROLMENT_LINK_MADE), route!(link))
        .add(Access::Act(table::AUTHENTICATORS_RESET), route!(reset))
}

/// List accounts.
#[utoipa::path(get, path = "/users", tag = "users", params(Wanted), responses((status = 200, body = Page<UserView>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<UserView>>, Problem> {
    let paging = Paging { limit: wanted.limit, after: wanted.after, q: wanted.q };
    let facts = call.world.facts();
    let group = match &wanted.group {
        None => None,
        Some(group) => Some(facts.find(EntityType::Group, group).ok_or_else(|| missing(Kind::Group, group))?),
    };
    let is_in = |user: &str, group| {
        facts.find(EntityType::User, user).and_then(|user| facts.get(user)?.has_ancestor(group).then_some(())).is_some()
    };
    let fits = |user: &Document| group.is_none_or(|group| is_in(&user.id, group));
    let page = documents(&call.services.control_plane.store, Kind::User, &paging, fits).await?;
    let (items, next) = (page.items.into_iter().map(view).collect::<Result<_, _>>()?, page.next);
    Ok(Answer::ok(Page { items, next }))
}

/// Show an account.
#[utoipa::path(get, path = "/users/{user}", tag = "users", params(("user" = String, Path, description = "The account's name")),
    responses((status = 200, body = UserView), (status = 304, description = "The caller has this revision already.")))]
async fn show(call: Context, Path(user): Path<String>, condition: Condition) -> Result<Response, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let document = call.services.control_plane.store.get(Kind::User, user.as_str()).await?;
    let document = document.ok_or_else(|| Problem::not_found(format_args!("there is no user `{user}`")))?;
    if let Some(unchanged) = condition.unchanged(document.revision) {
        return Ok(unchanged);
    }
    let revision = document.revision;
    Ok(Answer::ok(view(document)?).at_revision(revision).into_response())
}

/// Disable an account: its sessions and everything that is open in them end at once.
#[utoipa::path(post, path = "/users/{user}/disable", tag = "users", params(("user" = String, Path, description = "The account's name")),
    responses((status = 200, body = UserStatus)))]
async fn disable(call: Context, Path(user): Path<String>) -> Result<Answer<UserStatus>, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).disable_user(&user).await.map_err(act)?;
    Ok(Answer::ok(UserStatus { user: user.to_string(), status: "disabled" }))
}

/// Enable an account again.
#[utoipa::path(post, path = "/users/{user}/enable", tag = "users", params(("user" = String, Path, description = "The account's name")),
    responses((status = 200, body = UserStatus)))]
async fn enable(call: Context, Path(user): Path<String>) -> Result<Answer<UserStatus>, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).enable_user(&user).await.map_err(act)?;
    Ok(Answer::ok(UserStatus { user: user.to_string(), status: "active" }))
}

/// Make a one-time link with which the person sets up their sign-in methods.
#[utoipa::path(post, path = "/users/{user}/enrolment-link", tag = "users",
    params(("user" = String, Path, description = "The account's name")), responses((status = 201, body = LinkView)))]
async fn link(call: Context, Path(user): Path<String>) -> Result<Answer<LinkView>, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    let link = acts.by(call.actor()?, call.now).make_enrolment_link(&user).await.map_err(act)?;
    Ok(Answer::created(link_view(&call, &link)).once())
}

/// Remove everything that the person can sign in with, end their sessions, and make a new link.
#[utoipa::path(post, path = "/users/{user}/reset", tag = "users", params(("user" = String, Path, description = "The account's name")),
    responses((status = 201, body = LinkView)))]
async fn reset(call: Context, Path(user): Path<String>) -> Result<Answer<LinkView>, Problem> {
    let user: UserId = user.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    let link = acts.by(call.actor()?, call.now).reset_user(&user).await.map_err(act)?;
    Ok(Answer::created(link_view(&call, &link)).once())
}

fn link_view(call: &Context, link: &EnrolmentLink) -> LinkView {
    let url = call.services.control_plane.enrolment_url(link);
    LinkView { user: link.user.to_string(), url, expires_at: link.expires_at }
}

fn view(document: Document) -> Result<UserView, Problem> {
    let user: User = serde_json::from_value(document.body).map_err(Problem::failed)?;
    Ok(UserView {
        id: user.id.to_string(),
        name: user.name,
        email: user.email,
        department: user.department,
        employment: user.employment.name(),
        clearance: user.clearance,
        status: user.status.name(),
        identity_assurance: user.identity_assurance,
        groups: user.groups.iter().map(ToString::to_string).collect(),
        revision: document.revision,
    })
}
