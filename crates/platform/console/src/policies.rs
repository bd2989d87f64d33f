//! The policies in force, with their reasons and modes, and what is wrong with the documents.

use askama::Template;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_policy_language::{Effect, PolicyMeta};
use sekisho_web::page::Page;
use sekisho_web::verdict::Verdict;
use sekisho_web::{Access, Problem, answer};

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/policies", Access::Act(table::POLICIES_READ), list)
}

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesPage {
    page: Page,
    rows: Vec<Row>,
    problems: Vec<String>,
}

struct Row {
    id: String,
    file: String,
    line: usize,
    verdict: Verdict,
    effect: &'static str,
    report_only: bool,
    reason: Option<String>,
    obligations: String,
    text: String,
}

async fn list(context: Context) -> Result<Response, Problem> {
    answer::html(&PoliciesPage {
        page: context.page(),
        rows: context.world.policies().metas().iter().map(|meta| row(&context, meta)).collect(),
        problems: context.world.problems().map(ToString::to_string).collect(),
    })
}

fn row(context: &Context, meta: &PolicyMeta) -> Row {
    let (verdict, effect) = match meta.effect {
        Effect::Permit => (Verdict(sekisho_model::Outcome::Permit), "effect-permit"),
        Effect::Forbid => (Verdict(sekisho_model::Outcome::Deny), "effect-forbid"),
    };
    Row {
        id: meta.id.to_string(),
        file: meta.file.clone(),
        line: meta.line,
        verdict,
        effect,
        report_only: meta.report_only,
        reason: meta.reason.as_ref().map(|reason| reason.in_language(context.language).to_owned()),
        obligations: meta.obligations.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
        text: meta.text.trim().to_owned(),
    }
}
