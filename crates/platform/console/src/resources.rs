//! Resources: what is protected, and how it is labelled.

use askama::Template;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Resource, ResourceKind};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, wording};

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/resources", Access::Act(table::RESOURCES_READ), list)
}

#[derive(Template)]
#[template(path = "resources.html")]
struct ResourcesPage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    way_in: Option<String>,
    upstream: Option<String>,
    owner: Option<String>,
    sensitivity: u8,
    categories: String,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let mut rows: Vec<Row> = context.world.resources().map(|(_, resource)| row(&context, resource)).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    answer::html(&ResourcesPage { page: context.page(), rows })
}

fn row(context: &Context, resource: &Resource) -> Row {
    let is_tcp = resource.kind == ResourceKind::Tcp;
    let addresses: Vec<String> = resource.addresses.iter().map(ToString::to_string).collect();
    Row {
        id: resource.id.to_string(),
        name: resource.name.in_language(context.language).to_owned(),
        kind: wording::resource_kind(resource.kind),
        way_in: match is_tcp {
            true => Some(format!("sekisho connect {}", resource.id)),
            false => resource.host.as_ref().map(ToString::to_string),
        },
        upstream: match is_tcp {
            true => Some(addresses.join(", ")),
            false => resource.upstream.as_ref().map(ToString::to_string),
        },
        owner: resource.owner.as_ref().map(ToString::to_string),
        sensitivity: resource.sensitivity,
        categories: resource.categories.join(", "),
    }
}
