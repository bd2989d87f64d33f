//! The policies in force, with their reasons and modes, and what is wrong with the documents.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_policy_language::{Effect, PolicyMeta};
use sekisho_web::list::{Asked, List};
use sekisho_web::page::Page;
use sekisho_web::verdict::Verdict;
use sekisho_web::{Access, Problem, answer};

use crate::listing::{Pairs, at_hand, begins, typed};
use crate::{Context, Routes};

const PATH: &str = "/console/policies";
/// How many problems of the World are shown.
const PROBLEMS: usize = 20;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::POLICIES_READ), list)
}

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesPage {
    page: Page,
    list: List,
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

/// A policy is found by its identifier, by its document, and by what its text begins words with.
async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &[]);
    let wanted = typed(&asked);
    let is_wanted = |meta: &&PolicyMeta| {
        let id = meta.id.to_string();
        begins(wanted.as_ref(), [id.as_str(), &meta.file, &meta.text])
    };
    let found = context.world.policies().metas().iter().filter(is_wanted).collect();
    let (metas, around) = at_hand(&asked, found, |meta| meta.id.to_string(), |id| Some(id.to_owned()));
    answer::html(&PoliciesPage {
        page: context.page(),
        list: around.list(asked, Vec::new(), Vec::new()),
        rows: metas.into_iter().map(|meta| row(&context, meta)).collect(),
        problems: context.world.problems().take(PROBLEMS).map(ToString::to_string).collect(),
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
