//! Decisions: the latest, or one with its explanation; and what was refused before there was one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::extract::{Path, Query};
use sekisho_capability::own_resources;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{AskedAgain, ControlPlane};
use sekisho_ledger::{EntryKind, Filter, Found, Traced};
use sekisho_model::{DecisionRecord, Outcome, RequestId, Text, Timestamp};
use sekisho_rest::{Access, Answer, Page, Paging, Problem, default_limit, limit, route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::what_if::explanation;
use crate::{Context, Routes};

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
    /// Only for this reason, or by the policy with this identifier.
    #[param(max_length = 256)]
    reason: Option<String>,
    /// Only from this device.
    #[param(max_length = 256)]
    device: Option<String>,
    /// Only on requests from this address.
    #[param(value_type = Option<String>, max_length = 45)]
    address: Option<IpAddr>,
    /// Only from this time on, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    since: Option<Timestamp>,
    /// Only before this time, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    until: Option<Timestamp>,
    /// Whether permits of the platform's own resources are listed: the traffic of the console and of this API.
    #[serde(default = "all")]
    #[param(default = true)]
    own: bool,
}

const fn all() -> bool {
    true
}

impl Wanted {
    fn filter(self) -> Result<Filter, Problem> {
        let hidden: Vec<String> = if self.own { Vec::new() } else { own_resources().map(str::to_owned).collect() };
        Ok(Filter {
            kind: Some(EntryKind::Decision),
            subject: self.subject,
            resource: self.resource,
            outcome: self.outcome,
            reason: self.reason,
            device: self.device,
            address: self.address.map(|address| address.to_canonical().to_string()),
            since: self.since,
            until: self.until,
            without_permits_of: hidden,
            before: before(self.after.as_deref())?,
            ..Filter::default()
        })
    }
}

/// Which entry is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Entry {
    /// The index of the decision in the ledger, where there are several on one request. Without it, the newest is shown.
    entry: Option<u64>,
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
    /// The policies about the request with today's facts: each with its conditions and the values that they read. Empty where its parties
    /// are gone.
    #[schema(value_type = Vec<Object>)]
    conditions: Vec<Value>,
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

/// List decisions, newest first. A page may be short or empty although there is a next one: a search goes through a bounded part of the
/// ledger.
#[utoipa::path(get, path = "/decisions", tag = "decisions", params(Wanted), responses((status = 200, body = Page<DecisionEntry>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<DecisionEntry>>, Problem> {
    let (limit, filter) = (wanted.limit, wanted.filter()?);
    let found = call.services.control_plane.ledger.search(limit, filter).await;
    let items = found.entries.iter().map(|(index, record)| DecisionEntry { index: *index, decision: json!(record) });
    Ok(Answer::ok(Page { items: items.collect(), next: next(&found) }))
}

/// Show a decision with its explanation.
#[utoipa::path(get, path = "/decisions/{request}", tag = "decisions",
    params(("request" = String, Path, description = "The number of the request"), Entry),
    responses((status = 200, body = Explained)))]
async fn show(
    call: Context,
    Path(request): Path<String>,
    Query(Entry { entry }): Query<Entry>,
) -> Result<Answer<Explained>, Problem> {
    let control_plane = &call.services.control_plane;
    let traced = control_plane.ledger.trace_at(&request, entry).await.ok_or_else(|| {
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
        ended: ended(control_plane, index, &decision.request).await,
        conditions: conditions(control_plane, &decision),
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
    let found = call.services.control_plane.ledger.search(paging.limit, filter).await;
    let items = found.entries.iter().map(|(index, record)| RefusedEntry { index: *index, act: json!(record) });
    Ok(Answer::ok(Page { items: items.collect(), next: next(&found) }))
}

/// The index before which a page begins.
pub(crate) fn before(after: Option<&str>) -> Result<Option<u64>, Problem> {
    let wrong = |_| Problem::wrong("`after` is the `next` of another answer");
    after.map(str::parse).transpose().map_err(wrong)
}

/// Where a page after this one goes on.
pub(crate) fn next(found: &Found) -> Option<String> {
    found.next.map(|index| index.to_string())
}

/// The ends of what the request had opened, newest first.
async fn ended(control_plane: &ControlPlane, decided: u64, request: &RequestId) -> Vec<Value> {
    let found = control_plane.ledger.ends(decided, request).await;
    found.iter().map(|(index, record)| json!({ "index": index, "end": record })).collect()
}

/// The policies about the request of a decision, taken apart.
fn conditions(control_plane: &ControlPlane, decision: &DecisionRecord) -> Vec<Value> {
    let world = control_plane.world();
    AskedAgain::of(&world, decision).map_or_else(|_| Vec::new(), |again| explanation(&again.explain()))
}

/// What the policies in force say of themselves, for those of these codes that are policies.
fn policy_texts<'a>(control_plane: &ControlPlane, codes: impl Iterator<Item = &'a str>) -> BTreeMap<String, Text> {
    let world = control_plane.world();
    let text = |code: &str| world.policies().meta(&code.parse().ok()?)?.reason.clone();
    codes.filter_map(|code| Some((code.to_owned(), text(code)?))).collect()
}
