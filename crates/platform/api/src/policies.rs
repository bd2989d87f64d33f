//! The policies in force, as the newest World has them.

use axum::extract::Query;
use sekisho_control_plane::acts::table;
use sekisho_policy_language::Effect;
use sekisho_rest::{Access, Answer, Page, Paging, Problem, Typed, matches, route};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{Context, Routes};

/// A policy in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct PolicyView {
    /// The policy's name.
    id: String,
    /// The document that it is written in.
    file: String,
    /// The line at which it begins.
    line: usize,
    /// `permit` or `forbid`.
    effect: &'static str,
    /// `enforced` or `report-only`.
    mode: &'static str,
    /// Why it is there, in English.
    reason: Option<String>,
    /// What enforcement points must do besides.
    #[schema(value_type = Vec<Object>)]
    obligations: Value,
    /// The policy's text.
    text: String,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Act(table::POLICIES_READ), route!(list))
}

/// List the policies in force.
#[utoipa::path(get, path = "/policies", tag = "policies", params(Paging), responses((status = 200, body = Page<PolicyView>)))]
async fn list(call: Context, Query(paging): Query<Paging>) -> Result<Answer<Page<PolicyView>>, Problem> {
    let start = match &paging.after {
        Some(after) => after.parse().map_err(|_| Problem::wrong("`after` is the `next` of another answer"))?,
        None => 0_usize,
    };
    let metas = call.world.policies().metas();
    let typed = paging.q.as_deref().and_then(Typed::new);
    let fits = |id: &str| matches(typed.as_ref(), id, &Value::Null);
    let rows = metas.iter().enumerate().skip(start).filter(|(_, policy)| fits(policy.id.as_str()));
    let mut found = rows.map(|(index, policy)| {
        let view = PolicyView {
            id: policy.id.to_string(),
            file: policy.file.to_string(),
            line: policy.line,
            effect: effect(policy.effect),
            mode: if policy.report_only { "report-only" } else { "enforced" },
            reason: policy.reason.as_ref().map(|reason| reason.en.clone()),
            obligations: json!(policy.obligations.iter().map(|one| one.name()).collect::<Vec<_>>()),
            text: policy.text.to_string(),
        };
        (index, view)
    });
    let page: Vec<(usize, PolicyView)> = found.by_ref().take(paging.limit).collect();
    let next = found.next().map(|(index, _)| index.to_string());
    Ok(Answer::ok(Page { items: page.into_iter().map(|(_, view)| view).collect(), next }))
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
}
