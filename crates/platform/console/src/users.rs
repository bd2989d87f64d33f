//! Users, as they are.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_find::Index;
use sekisho_identity::Authenticator;
use sekisho_model::documents::{Employment, Group, Kind, User, UserStatus};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Timestamp, UserId};
use sekisho_web::list::{Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents, wording};

use crate::listing::{Pairs, attribute, entities, values};
use crate::membership::may_change;
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::USERS_READ), list).get(
        "/console/users/{id}",
        Access::Act(table::USERS_READ),
        one,
    )
}

const PATH: &str = "/console/users";

/// How many groups are offered to put an account into.
const GROUPS: u32 = 500;

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    page: Page,
    list: List,
    narrowed: Option<String>,
    /// The group whose members are shown, where the person may change them.
    changed: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    is_active: bool,
    department: String,
    employment: &'static str,
    clearance: String,
    /// Whether the account itself is in the group whose members are shown, not by way of another group.
    is_direct: bool,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["status", "employment", "group"]);
    let index = context.services.finder.index().await;
    let facts = index.world().facts();
    let group = asked.get("group").map(|group| facts.find(EntityType::Group, group));
    let is = |handle, slot, name| asked.get(name).is_none_or(|value| attribute(&index, handle, slot) == value);
    let in_group = |handle| match group {
        Some(group) => group.is_some_and(|group| facts.get(handle).is_some_and(|user| user.has_ancestor(group))),
        None => true,
    };
    let fits =
        |handle| is(handle, Slot::Status, "status") && is(handle, Slot::Employment, "employment") && in_group(handle);
    let is_filtered = ["status", "employment", "group"].iter().any(|name| asked.get(name).is_some());
    let (handles, around) = entities(&index, EntityType::User, &asked, is_filtered.then_some(&fits));
    let mut rows: Vec<Row> = handles.into_iter().map(|handle| row(&index, handle)).collect();
    let page = context.page();
    let changed = asked.get("group").filter(|_| group.flatten().is_some() && may_change(&context, Kind::User));
    let changed = changed.map(ToOwned::to_owned);
    if let Some(group) = &changed {
        for row in &mut rows {
            let account = documents::get::<User, _>(&context, Kind::User, &row.id).await?;
            row.is_direct = account.is_some_and(|user| user.groups.iter().any(|one| one.as_str() == group));
        }
    }
    let narrowed = asked.get("group").map(|group| page.say_with("members-of", "group", group));
    let states = values(&page, &[("active", "active"), ("disabled", "disabled")]);
    let employments = [Employment::Staff, Employment::Contractor, Employment::Guest];
    let employments: Vec<_> = employments.map(|one| (one.name(), wording::employment(&one))).into();
    let filters = vec![
        Filter::new(&asked, "status", page.say("state"), &states),
        Filter::new(&asked, "employment", page.say("employment"), &values(&page, &employments)),
    ];
    let first =
        [Column::sortable(&asked, "user-name", "name", "id"), Column::sortable(&asked, "identifier", "id", "id")];
    let rest = ["state", "department", "employment", "clearance"].map(Column::new);
    let last = changed.as_ref().map(|_| Column::new("what-you-can-do"));
    let columns = first.into_iter().chain(rest).chain(last).collect();
    answer::html(&UsersPage { list: around.list(asked, filters, columns), narrowed, changed, rows, page })
}

fn row(index: &Index, handle: Handle) -> Row {
    let text = |slot| attribute(index, handle, slot);
    let employment = match text(Slot::Employment).as_str() {
        "staff" => Employment::Staff,
        "contractor" => Employment::Contractor,
        _ => Employment::Guest,
    };
    let clearance = index.world().facts().get(handle).map(|user| user.get(Slot::Clearance).clone());
    Row {
        id: index.world().id(handle).to_string(),
        name: text(Slot::Name),
        is_active: text(Slot::Status) == UserStatus::Active.name(),
        department: text(Slot::Department),
        employment: wording::employment(&employment),
        clearance: match clearance {
            Some(Fact::Long(level)) => level.to_string(),
            _ => String::new(),
        },
        is_direct: false,
    }
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    page: Page,
    user: User,
    /// The other groups, where the person may put the account into one.
    others: Vec<String>,
    may_change: bool,
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
    let is_changeable = may_change(&context, Kind::User);
    let others = match is_changeable {
        true => documents::list::<Group, _>(&context, Kind::Group, None, GROUPS).await?.0,
        false => Vec::new(),
    };
    let others = others.into_iter().map(|group| group.id).filter(|id| !user.groups.contains(id));
    answer::html(&UserPage {
        page: context.page_with_times(),
        others: others.map(|id| id.to_string()).collect(),
        may_change: is_changeable,
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
