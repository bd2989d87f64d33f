//! Users, as they are.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_identity::Authenticator;
use sekisho_model::documents::{Kind, User, UserStatus};
use sekisho_model::{Timestamp, UserId};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents, wording};

use crate::sessions::After;
use crate::{Context, ROWS, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/users", Access::Act(table::USERS_READ), list).get(
        "/console/users/{id}",
        Access::Act(table::USERS_READ),
        one,
    )
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    page: Page,
    rows: Vec<User>,
    next: Option<String>,
}

async fn list(context: Context, Query(after): Query<After>) -> Result<Response, Problem> {
    let (rows, next) = documents::list(&context, Kind::User, after.after, ROWS).await?;
    answer::html(&UsersPage { page: context.page(), rows, next })
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    page: Page,
    user: User,
    groups: String,
    is_active: bool,
    may_enable: bool,
    may_disable: bool,
    may_link: bool,
    methods: Vec<MethodRow>,
    sessions: usize,
}

struct MethodRow {
    what: &'static str,
    name: String,
    added: Timestamp,
    left: Option<usize>,
}

async fn one(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let identity = &context.services.identity;
    let user = identity.user(&id).await?.ok_or(Problem::NotFound)?;
    let methods = identity.authenticators(&id).await?.into_iter().map(method).collect();
    let sessions = identity.sessions(&id, context.now).await?.len();
    answer::html(&UserPage {
        page: context.page_with_times(),
        groups: user.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        is_active: user.status == UserStatus::Active,
        may_enable: access::may(&context, &table::USER_ENABLED, Some(&id)),
        may_disable: context.person()?.id != id && access::may(&context, &table::USER_DISABLED, Some(&id)),
        may_link: access::may(&context, &table::ENROLMENT_LINK_MADE, Some(&id)),
        user,
        methods,
        sessions,
    })
}

fn method(one: Authenticator) -> MethodRow {
    MethodRow { what: wording::method(one.method), name: one.name, added: one.added_at, left: one.left }
}
