//! The ledger: its size and public key, the acts in it, and the act that accepts a ledger that was rolled back.

use axum::extract::Query;
use sekisho_capability::accept_rollback;
use sekisho_control_plane::acts::table;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::Timestamp;
use sekisho_rest::{Access, Answer, Page, Problem, default_limit, limit, route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::decisions::{before, next};
use crate::{Context, Routes};

/// How the ledger stands.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerView {
    /// How many entries it has.
    size: u64,
    /// The key that its checkpoints are checked with.
    public_key: String,
    /// The folder that it is in, on the machine that runs the platform.
    folder: String,
}

/// Which acts are asked for.
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
    /// Only by this person, or on their account.
    #[param(max_length = 256)]
    user: Option<String>,
    /// Only with this code.
    #[param(max_length = 256)]
    act: Option<String>,
    /// Only from this time on, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    since: Option<Timestamp>,
    /// Only before this time, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    until: Option<Timestamp>,
}

/// An act.
#[derive(Debug, Serialize, ToSchema)]
struct ActEntry {
    /// Its index in the ledger.
    index: u64,
    /// The act.
    #[schema(value_type = Object)]
    act: Value,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::Act(table::LEDGER_READ), route!(status))
        .add(Access::Act(table::LEDGER_READ), route!(acts))
        .add(Access::Operator, route!(accept))
}

/// Show the ledger's size and public key.
#[utoipa::path(get, path = "/ledger", tag = "ledger", responses((status = 200, body = LedgerView)))]
async fn status(call: Context) -> Answer<LedgerView> {
    let control_plane = &call.services.control_plane;
    Answer::ok(LedgerView {
        size: control_plane.ledger.size(),
        public_key: control_plane.ledger.public_key().to_string(),
        folder: control_plane.ledger_folder.display().to_string(),
    })
}

/// List acts, newest first. A page may be short or empty although there is a next one: a search goes through a bounded part of the ledger.
#[utoipa::path(get, path = "/acts", tag = "ledger", params(Wanted), responses((status = 200, body = Page<ActEntry>)))]
async fn acts(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<ActEntry>>, Problem> {
    let before = before(wanted.after.as_deref())?;
    let filter = Filter {
        kind: Some(EntryKind::Act),
        subject: wanted.user,
        act: wanted.act,
        since: wanted.since,
        until: wanted.until,
        before,
        ..Filter::default()
    };
    let found = call.services.control_plane.ledger.search(wanted.limit, filter).await;
    let items = found.entries.iter().map(|(index, record)| ActEntry { index: *index, act: json!(record) });
    Ok(Answer::ok(Page { items: items.collect(), next: next(&found) }))
}

/// Go on with a ledger that lacks what was sealed of it in the store: the operator knows that it was restored, or was told of the alarm.
#[utoipa::path(post, path = "/ledger/accept-rollback", tag = "ledger", responses((status = 200, body = Object)))]
async fn accept(call: Context) -> Result<Answer<Value>, Problem> {
    let control_plane = &call.services.control_plane;
    let accepted = accept_rollback(&control_plane.store, &control_plane.ledger, call.actor()?, call.now).await;
    let nothing = || Problem::conflict("the ledger holds what was sealed of it: there is nothing to accept");
    accepted.map_err(Problem::failed)?.map(Answer::ok).ok_or_else(nothing)
}
