//! One decision: what it was, why, what became of what it opened, and what would have been decided otherwise.

pub(crate) mod explanation;
mod facts;
mod grant;
mod group;
mod policies;
pub(crate) mod sentence;
mod timeline;
mod what_if;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::AskedAgain;
use sekisho_control_plane::acts::table;
use sekisho_ledger::Traced;
use sekisho_model::DecisionRecord;
use sekisho_policy_engine::Explanation as Policies;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::activity::page_of;
use crate::decision::explanation::Explanation;
use crate::decision::facts::FactLine;
use crate::decision::grant::GrantForm;
use crate::decision::group::GroupOffer;
use crate::decision::policies::PolicyView;
use crate::decision::timeline::Event;
use crate::decision::what_if::{WhatIfQuery, WhatIfView};
use crate::{Context, Routes, decisions};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/decisions/{request}", Access::Act(table::DECISIONS_READ), one)
}

#[derive(Template)]
#[template(path = "decision.html")]
struct DecisionPage {
    page: Page,
    decision: DecisionRecord,
    explained: Explanation,
    sentence: String,
    facts: Vec<FactLine>,
    policies: Vec<PolicyView>,
    more_policies: usize,
    /// Whether the conditions are those of the decision itself: no fact changed since.
    same_facts: bool,
    timeline: Vec<Event>,
    what_if: Option<WhatIfView>,
    grant: Option<GrantForm>,
    group: Option<GroupOffer>,
}

async fn one(
    context: Context,
    Path(request): Path<String>,
    Query(query): Query<WhatIfQuery>,
) -> Result<Response, Problem> {
    let (index, decision) = match context.site.ledger.trace_at(&request, query.entry).await {
        Some(Traced::Decided(index, decision)) => (index, *decision),
        Some(Traced::Covered(index, decision, _)) => {
            return Ok(answer::see_other(&page_of(decision.request.as_str(), Some(index))));
        }
        _ => return decisions::not_found(&context, &request).await,
    };
    let page = context.page_with_times();
    let explained = explanation::of(&context, index, &decision).await;
    let again = AskedAgain::of(&context.world, &decision);
    let taken_apart = again.as_ref().map_or_else(|_| Policies::default(), AskedAgain::explain);
    let sentence = sentence::of(&context, &decision, &taken_apart);
    let what_if = again.as_ref().ok().map(|again| what_if::of(&context, &page, again, &query));
    answer::html(&DecisionPage {
        facts: facts::of(&context, &page, &decision),
        policies: policies::of(&context, &taken_apart, again.as_ref().ok()),
        more_policies: taken_apart.more,
        same_facts: again.as_ref().is_ok_and(AskedAgain::has_same_facts),
        timeline: timeline::of(&context, index, &decision).await,
        group: group::of(&context, &decision, &taken_apart),
        grant: grant::of(&context, &decision, &taken_apart),
        page,
        decision,
        explained,
        sentence,
        what_if,
    })
}
