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
use sekisho_model::Action;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

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
}

async fn overview(context: Context) -> Result<Response, Problem> {
    let steps = checklist::steps(&context).await?;
    let page = Page { scripts: &["live.js"], ..context.page_with_times() };
    let shown = Shown::of(&context, &page);
    answer::html(&OverviewPage { page, steps, shown })
}
