//! Decisions: the latest, or one with its explanation; and what was refused before there was one.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use sekisho_control_plane::ControlPlane;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter, Traced};
use sekisho_model::{Outcome, RequestId, Text};
use sekisho_rest::{Access, Answer, Page, Paging, Problem, default_limit, limit, route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::{Context, Routes};

/// The most ends of one request that are shown. There is one, as a rule.
const MOST_ENDS: usize = 16;

/// Which decisions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    after: Option<String>,
    /// Only about this person.
    #[param(max_length = 256)]
    subject: Option<String>,
    /// Only about this resource.
    #[param(max_length = 256)]
    resource: Option<String>,
    /// Only with this outcome: `permit`, `challenge` or `deny`.
    #[param(value_type = Option<String>, pattern = "^(permit|challenge|deny)$")]
    outcome: Option<Outcome>,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionEntry {
    /// Its index.
    index: u64,
    /// The decision.
    #[schema(value_type = Object)]
    decision: Value,
}

/// A decision with its explanation, or what refused the request before there was one.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Explained {
    /// Its index in the ledger.
    index: u64,
    /// The decision; absent when the request was refused before there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    decision: Option<Value>,
    /// What the policies behind its reasons say of themselves.
    #[schema(value_type = Object)]
    policy_texts: BTreeMap<String, Text>,
    /// The ends of what the request had opened, newest first.
    #[schema(value_type = Vec<Object>)]
    ended: Vec<Value>,
    /// The request's own event, where the decision on an earlier request covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    access: Option<Value>,
    /// The act that says why there was nothing to decide; absent when there is a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    act: Option<Value>,
    /// The sum of refusals that the request is in; absent when there is a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    refused: Option<Value>,
}

impl Explained {
    /// Nothing yet of an entry.
    fn at(index: u64) -> Self {
        Self { index, ..Self::default() }
    }
}

/// What was refused before there was a decision, added up by second, kind and address.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedEntry {
    /// Its index in the ledger.
    index: u64,
    /// The sum.
    #[schema(value_type = Object)]
    act: Value,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::Act(table::DECISIONS_READ), route!(list))
        .add(Access::Act(table::DECISIONS_READ), route!(show))
        .add(Access::Act(table::DECISIONS_READ), route!(refused))
}

/// List decisions, newest first, of the last 16,384 entries of the ledger.
#[utoipa::path(get, path = "/decisions", tag = "decisions", params(Wanted), responses((status = 200, body = Page<DecisionEntry>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<DecisionEntry>>, Problem> {
    let filter = Filter {
        kind: Some(EntryKind::Decision),
        subject: wanted.subject,
        resource: wanted.resource,
        outcome: wanted.outcome,
        before: before(wanted.after.as_deref())?,
        ..Filter::default()
    };
    let found = call.services.control_plane.ledger.recent(wanted.limit, filter).await;
    let next = next(&found, wanted.limit);
    let items = found.iter().map(|(index, record)| DecisionEntry { index: *index, decision: json!(record) });
    Ok(Answer::ok(Page { items: items.collect(), next }))
}

/// Show a decision with its explanation.
#[utoipa::path(get, path = "/decisions/{request}", tag = "decisions",
    params(("request" = String, Path, description = "The number of the request")), responses((status = 200, body = Explained)))]
async fn show(call: Context, Path(request): Path<String>) -> Result<Answer<Explained>, Problem> {
    let control_plane = &call.services.control_plane;
    let traced = control_plane.ledger.trace(&request).await.ok_or_else(|| {
        Problem::not_found(format_args!(
            "the ledger has nothing of request `{}`; what was refused without a decision is recorded a second later, and pages of \
             the portal itself need no decision",
            request.escape_debug()
        ))
    })?;
    let (index, decision, access) = match traced {
        Traced::Decided(index, decision) => (index, decision, None),
        Traced::Covered(index, decision, event) => (index, decision, Some(event)),
        Traced::Undecided(index, act) => {
            return Ok(Answer::ok(Explained { act: Some(json!(act)), ..Explained::at(index) }));
        }
        Traced::Refused(index, sum) => {
            return Ok(Answer::ok(Explained { refused: Some(json!(sum)), ..Explained::at(index) }));
        }
    };
    Ok(Answer::ok(Explained {
        policy_texts: policy_texts(control_plane, decision.reasons.iter().map(String::as_str)),
        ended: ended(control_plane, &decision.request).await,
        decision: Some(json!(decision)),
        access: access.map(|event| json!(event)),
        ..Explained::at(index)
    }))
}

/// List what was refused before there was a decision, newest first.
#[utoipa::path(get, path = "/refused", tag = "decisions", params(Paging), responses((status = 200, body = Page<RefusedEntry>)))]
async fn refused(call: Context, Query(paging): Query<Paging>) -> Result<Answer<Page<RefusedEntry>>, Problem> {
    let before = before(paging.after.as_deref())?;
    let act = Some("requests-refused".to_owned());
    let filter = Filter { kind: Some(EntryKind::Act), act, before, ..Filter::default() };
    let found = call.services.control_plane.ledger.recent(paging.limit, filter).await;
    let next = next(&found, paging.limit);
    let items = found.iter().map(|(index, record)| RefusedEntry { index: *index, act: json!(record) });
    Ok(Answer::ok(Page { items: items.collect(), next }))
}

/// The index before which a page begins.
pub(crate) fn before(after: Option<&str>) -> Result<Option<u64>, Problem> {
    let wrong = |_| Problem::wrong("`after` is the `next` of another answer");
    after.map(str::parse).transpose().map_err(wrong)
}

/// Where a page after this one goes on.
pub(crate) fn next<T>(found: &[(u64, T)], limit: usize) -> Option<String> {
    found.last().filter(|_| found.len() == limit).map(|(index, _)| index.to_string())
}

/// The ends of what the request had opened, newest first.
async fn ended(control_plane: &ControlPlane, request: &RequestId) -> Vec<Value> {
    let filter = Filter { kind: Some(EntryKind::StreamEnd), request: Some(request.clone()), ..Filter::default() };
    let found = control_plane.ledger.recent(MOST_ENDS, filter).await;
    found.iter().map(|(index, record)| json!({ "index": index, "end": record })).collect()
}

/// What the policies in force say of themselves, for those of these codes that are policies.
fn policy_texts<'a>(control_plane: &ControlPlane, codes: impl Iterator<Item = &'a str>) -> BTreeMap<String, Text> {
    let world = control_plane.world();
    let text = |code: &str| world.policies().meta(&code.parse().ok()?)?.reason.clone();
    codes.filter_map(|code| Some((code.to_owned(), text(code)?))).collect()
}
