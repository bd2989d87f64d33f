//! The list of grants: person, resource and end of each.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Grant;
use sekisho_web::list::{Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};

use crate::listing::{Pairs, at_hand, begins, typed, values};
use crate::{Context, Routes};

const PATH: &str = "/console/grants";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::RESOURCES_READ), list)
}

#[derive(Template)]
#[template(path = "grants.html")]
struct GrantsPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    grant: Grant,
    resource: String,
    has_ended: bool,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["state"]);
    let wanted = typed(&asked);
    let state = asked.get("state");
    let fits = |grant: &&Grant| {
        let has_ended = grant.until <= context.now;
        let in_state = match state {
            Some("live") => !has_ended,
            Some("ended") => has_ended,
            _ => true,
        };
        in_state && begins(wanted.as_ref(), [grant.id.as_str(), grant.user.as_str(), grant.resource.as_str()])
    };
    let found = context.world.grants().filter(fits).cloned().collect();
    let (rows, around) = at_hand(&asked, found, |grant: &Grant| grant.id.to_string(), |name| Some(name.to_owned()));
    let page = context.page_with_times();
    let states = values(&page, &[("live", "grant-live"), ("ended", "grant-ended")]);
    let filters = vec![Filter::new(&asked, "state", page.say("state"), &states)];
    let columns = ["who", "for-what", "state", "until", "why"].map(Column::new).into();
    let rows = rows.into_iter().map(|grant| row(&context, grant)).collect();
    answer::html(&GrantsPage { list: around.list(asked, filters, columns), rows, page })
}

fn row(context: &Context, grant: Grant) -> Row {
    let resource = access::resource(context, grant.resource.as_str());
    Row {
        resource: resource.map_or_else(
            || grant.resource.to_string(),
            |resource| resource.name.in_language(context.language).to_owned(),
        ),
        has_ended: grant.until <= context.now,
        grant,
    }
}
