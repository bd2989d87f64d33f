//! The overview: what happened in the last hour and what is in force now, each figure with the way to the rows behind it. Where scripts
//! run, it is live.

mod activity;
mod checklist;
mod live;
mod meters;
mod shown;
mod state;

use askama::Template;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::Action;
use sekisho_model::documents::{GrantRequest, Kind};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};

use crate::{Context, Routes};
use checklist::Step;
use shown::Shown;

pub(crate) fn routes(routes: Routes) -> Routes {
    const READ: Access = Access::Console(Action::Read);
    routes.get("/console", READ, overview).get(EVENTS, READ, live::events)
}

/// Where the live page hears of new figures.
const EVENTS: &str = "/console/overview/events";

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    page: Page,
    steps: Vec<Step>,
    shown: Shown,
    /// How many requests for access are open, for those who may look at them.
    open_requests: usize,
}

async fn overview(context: Context) -> Result<Response, Problem> {
    let steps = checklist::steps(&context).await?;
    let page = Page { scripts: &["live.js"], ..context.page_with_times() };
    let shown = Shown::of(&context, &page);
    let open_requests = open_requests(&context).await?;
    answer::html(&OverviewPage { page, steps, shown, open_requests })
}

async fn open_requests(context: &Context) -> Result<usize, Problem> {
    if !access::permits(context, &table::REQUESTS_READ) {
        return Ok(0);
    }
    let documents = context.site.store.list_all(Kind::GrantRequest).await?;
    let requests = documents.into_iter().filter_map(|one| serde_json::from_value::<GrantRequest>(one.body).ok());
    Ok(requests.filter(|one| one.is_open(context.now)).count())
}
