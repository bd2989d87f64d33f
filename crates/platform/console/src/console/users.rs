//! Users, as they are.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_identity::Authenticator;
use sekisho_model::documents::{Kind, User, UserStatus};
use sekisho_model::{Timestamp, UserId};

use super::sessions::After;
use super::{READ, ROWS};
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{answer, documents, wording};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/console/users", READ, list).get("/console/users/{id}", READ, one)
}

#[derive(Template)]
#[template(path = "console/users.html")]
struct UsersPage {
    page: Page,
    rows: Vec<User>,
    next: Option<String>,
}

async fn list(visit: Visit, Query(after): Query<After>) -> Result<Response, Problem> {
    let (rows, next) = documents::list(&visit, Kind::User, after.after, ROWS).await?;
    answer::html(&UsersPage { page: visit.page(), rows, next })
}

#[derive(Template)]
#[template(path = "console/user.html")]
struct UserPage {
    page: Page,
    user: User,
    groups: String,
    is_active: bool,
    is_me: bool,
    methods: Vec<MethodRow>,
    sessions: usize,
}

struct MethodRow {
    what: &'static str,
    name: String,
    added: Timestamp,
    left: Option<usize>,
}

async fn one(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let identity = &visit.state.identity;
    let user = identity.user(&id).await?.ok_or(Problem::NotFound)?;
    let methods = identity.authenticators(&id).await?.into_iter().map(method).collect();
    let sessions = identity.sessions(&id, visit.now).await?.len();
    answer::html(&UserPage {
        page: visit.page_with_times(),
        groups: user.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        is_active: user.status == UserStatus::Active,
        is_me: visit.person()?.id == id,
        user,
        methods,
        sessions,
    })
}

fn method(one: Authenticator) -> MethodRow {
    MethodRow { what: wording::method(one.method), name: one.name, added: one.added_at, left: one.left }
}
