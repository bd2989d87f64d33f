//! Groups: what they are called, and the groups that they are in.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Group, Kind};
use sekisho_model::facts::EntityType;
use sekisho_web::list::{Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, documents};

use crate::listing::{Pairs, entities};
use crate::{Context, Routes};

const PATH: &str = "/console/groups";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::USERS_READ), list)
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    page: Page,
    list: List,
    rows: Vec<Group>,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &[]);
    let index = context.services.finder.index().await;
    let (handles, around) = entities(&index, EntityType::Group, &asked, None);
    let ids: Vec<_> = handles.into_iter().map(|handle| index.world().id(handle)).collect();
    let rows: Vec<Group> = documents::some(&context, Kind::Group, &ids).await?;
    let columns = ["group", "in-groups", "what-you-can-do"].map(Column::new).into();
    answer::html(&GroupsPage { page: context.page(), list: around.list(asked, Vec::new(), columns), rows })
}
