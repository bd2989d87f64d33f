//! Applications and other resources: what is protected, and how it is labelled.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_capability::PLATFORM_CATEGORY;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Resource, ResourceKind};
use sekisho_web::list::{Asked, Column, Filter, List, SORT};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, wording};

use crate::listing::{Pairs, at_hand, begins, typed, values};
use crate::{Context, Routes};

const PATH: &str = "/console/resources";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::RESOURCES_READ), list)
}

#[derive(Template)]
#[template(path = "resources.html")]
struct ResourcesPage {
    page: Page,
    list: List,
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

/// The values of the filter, and the kind that each lets through.
const KINDS: [(&str, ResourceKind); 4] =
    [("web", ResourceKind::Web), ("tcp", ResourceKind::Tcp), ("api", ResourceKind::Api), ("data", ResourceKind::Data)];

/// The value of the filter that shows the parts of Sekisho alone.
const PARTS: &str = "platform";

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["kind"]);
    let kind = KINDS.iter().find(|(name, _)| asked.get("kind") == Some(name)).map(|(_, kind)| *kind);
    let wanted = typed(&asked);
    // The parts of Sekisho are resources too; among applications they are shown to who asks for them.
    let shows_parts = asked.is_narrowed() && kind.is_none();
    let fits = |resource: &&Resource| {
        let is_part = resource.categories.iter().any(|category| category.as_str() == PLATFORM_CATEGORY);
        let host = resource.host.as_ref().map(|host| host.as_str()).unwrap_or_default();
        kind.is_none_or(|kind| resource.kind == kind)
            && (shows_parts || !is_part)
            && (asked.get("kind") != Some(PARTS) || is_part)
            && begins(
                wanted.as_ref(),
                [resource.id.as_str(), &resource.name.en, resource.name.ja.as_deref().unwrap_or_default(), host],
            )
    };
    let found = context.world.resources().map(|(_, resource)| resource.as_ref()).filter(fits).collect();
    let by_name = asked.get(SORT) == Some("name");
    let key = |resource: &&Resource| match by_name {
        true => format!("{}~{}", resource.name.in_language(context.language), resource.id),
        false => resource.id.to_string(),
    };
    let (rows, around) = at_hand(&asked, found, key, |name| Some(name.to_owned()));
    let page = context.page();
    let kinds = KINDS.map(|(name, kind)| (name, wording::resource_kind(kind)));
    let kinds: Vec<_> = kinds.into_iter().chain([(PARTS, "resources-of-sekisho")]).collect();
    let filters = vec![Filter::new(&asked, "kind", page.say("kind"), &values(&page, &kinds))];
    let columns = columns(&asked);
    let rows = rows.into_iter().map(|resource| row(&context, resource)).collect();
    answer::html(&ResourcesPage { list: around.list(asked, filters, columns), rows, page })
}

fn columns(asked: &Asked) -> Vec<Column> {
    let rest = ["kind", "sensitivity", "categories", "owner", "way-in"].map(Column::new);
    let first = [Column::sortable(asked, "resource", "name", "id"), Column::sortable(asked, "identifier", "id", "id")];
    first.into_iter().chain(rest).collect()
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
