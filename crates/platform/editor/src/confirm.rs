//! The page on which somebody confirms a change, with what it would do.

use askama::Template;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Plan, display_name};
use sekisho_model::documents::Kind;
use sekisho_store::Document;
use sekisho_web::page::Page;
use sekisho_web::{Problem, access, answer};
use serde_json::Value;

use crate::Context;
use crate::difference::{self, Difference};
use crate::fields;
use crate::impact::ImpactView;
use crate::proposal::Proposal;

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    page: Page,
    kind: Kind,
    kind_name: String,
    id: String,
    name: String,
    revision: Option<u64>,
    body: String,
    differences: Vec<Difference>,
    impact: ImpactView,
    may_save: bool,
    /// Whether it is a grant that permits nobody anything as things are.
    is_useless: bool,
}

/// The page that confirms the plan of one document.
pub(crate) fn page(
    context: &Context,
    proposal: &Proposal,
    (plan, now, body): (&Plan, Option<&Document>, &Value),
) -> Result<Response, Problem> {
    let page = context.page_with_times();
    let kind = proposal.kind;
    let planned = plan.steps.first().and_then(|step| step.body.as_ref());
    answer::html(&ConfirmPage {
        kind,
        kind_name: page.say(fields::name_of(kind)),
        id: proposal.id.clone(),
        name: planned.and_then(display_name).unwrap_or_else(|| proposal.id.clone()),
        revision: proposal.revision,
        body: body.to_string(),
        differences: difference::between(&page, kind, now.map(|now| &now.body), planned),
        is_useless: kind == Kind::Grant && plan.impact.gain == 0 && !plan.impact.at_least,
        impact: ImpactView::of(context, plan),
        may_save: access::may(context, &table::putting(kind), None),
        page,
    })
}
