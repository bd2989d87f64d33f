//! Removes requests that ended long ago, with the grants that they had. What was asked and answered stays in the ledger.

use sekisho_capability::{ChangeError, Services};
use sekisho_model::documents::{GrantRequest, GrantRequestState as State, Kind};
use sekisho_model::{Actor, Span, Timestamp};
use sekisho_store::Expected;
use serde_json::json;

use crate::acts::SWEPT;
use crate::requests::read;

/// How long a request stays after its end: 90 days.
const KEPT: Span = Span::from_minutes(90 * 24 * 60);
/// The most requests that are removed at once.
const BATCH: usize = 500;

/// Removes them; how many.
///
/// # Errors
/// When the store or the ledger fails.
pub(crate) async fn sweep(services: &Services) -> Result<usize, ChangeError> {
    let now = services.clock.now();
    let documents = services.store.list_all(Kind::GrantRequest).await?;
    let ended = |one: &_| read(one).is_some_and(|request| ended_at(&request).plus(KEPT) <= now);
    let old: Vec<_> = documents.into_iter().filter(ended).take(BATCH).collect();
    if old.is_empty() {
        return Ok(0);
    }
    let begun = services.changes.begin(Actor::System, SWEPT, Kind::GrantRequest.name());
    let begun = begun.detail(json!({ "count": old.len() }));
    let change = old.iter().fold(begun, |change, one| {
        let change = change.delete(Kind::GrantRequest, &one.id, Expected::Revision(one.revision));
        change.delete(Kind::Grant, &one.id, Expected::Any)
    });
    change.commit(now).await?;
    Ok(old.len())
}

fn ended_at(request: &GrantRequest) -> Timestamp {
    match &request.state {
        State::Open => request.asked_at.plus(GrantRequest::OPEN_FOR),
        State::Approved { until, .. } => *until,
        State::Refused { at, .. } | State::Withdrawn { at } => *at,
    }
}
