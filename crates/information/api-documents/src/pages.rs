//! The page of the console: the APIs behind resources, and what can be done with each.

use askama::Template;
use axum::response::Response;
use sekisho_model::Language;
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::acts::API_DOCUMENTS_READ;
use crate::view::{ApiView, OperationView, all};

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S>() -> Pages<S> {
    Pages {
        name: "api-documents",
        routes: |_| Routes::new().get("/console/apis", Access::Act(API_DOCUMENTS_READ), show).with(()),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, "/console/apis", "place-apis", API_DOCUMENTS_READ)];

#[derive(Template)]
#[template(path = "apis.html")]
struct ApisPage {
    page: Page,
    apis: Vec<(ApiView, Vec<OperationView>)>,
}

async fn show(context: RequestContext<()>) -> Result<Response, Problem> {
    let apis = all(&context.world);
    answer::html(&ApisPage { page: context.page(), apis })
}
