//! Enforcement points that are not ours, and what they may ask for.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{EnforcementPoint, EnforcementPointStatus};
use sekisho_web::list::{Asked, Column, Filter, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::listing::{Pairs, at_hand, begins, typed, values};
use crate::{Context, Routes};

const PATH: &str = "/console/enforcement-points";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::ENFORCEMENT_POINTS_READ), list)
}

#[derive(Template)]
#[template(path = "enforcement-points.html")]
struct PointsPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    is_active: bool,
    speaks: &'static str,
    resources: String,
    tokens: usize,
    certificates: usize,
}

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &["state"]);
    let (wanted, state) = (typed(&asked), asked.get("state"));
    let fits = |point: &&EnforcementPoint| {
        let is_active = point.status == EnforcementPointStatus::Active;
        let in_state = match state {
            Some("active") => is_active,
            Some("disabled") => !is_active,
            _ => true,
        };
        in_state && begins(wanted.as_ref(), [point.id.as_str(), &point.name])
    };
    let found = context.world.enforcement_points().map(AsRef::as_ref).filter(fits).collect();
    let key = |point: &&EnforcementPoint| point.id.to_string();
    let (rows, around) = at_hand(&asked, found, key, |name| Some(name.to_owned()));
    let page = context.page();
    let states = values(&page, &[("active", "active"), ("disabled", "disabled")]);
    let filters = vec![Filter::new(&asked, "state", page.say("state"), &states)];
    let columns = ["enforcement-point", "state", "dialect", "asks-for", "keys-and-tokens"].map(Column::new).into();
    let rows = rows.into_iter().map(row).collect();
    answer::html(&PointsPage { list: around.list(asked, filters, columns), rows, page })
}

fn row(point: &EnforcementPoint) -> Row {
    Row {
        id: point.id.to_string(),
        name: point.name.clone(),
        is_active: point.status == EnforcementPointStatus::Active,
        speaks: point.speaks.name(),
        resources: point.resources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        tokens: point.tokens.len(),
        certificates: point.keys.len(),
    }
}
