//! Removes responses that ended long ago. What was done and undone stays in the ledger.

use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Span};
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::acts::SWEPT;
use crate::failure::ResponseError;
use crate::journal::Response;
use crate::responses::Responses;

/// How long a response stays after it was written first: 90 days.
const KEPT: Span = Span::from_minutes(90 * 24 * 60);
/// The most that are removed at once.
const BATCH: usize = 500;

/// Removes them.
pub(crate) async fn sweep(responses: &Responses) -> Result<(), ResponseError> {
    let services = responses.services();
    let now = services.clock.now();
    let documents = services.store.list_all(Kind::Response).await?;
    let is_old = |one: &Response| !one.is_live() && one.at.plus(KEPT) <= now;
    let old = documents.iter().filter_map(Response::read).filter(|stored| is_old(&stored.response));
    let writes: Vec<Write> = old
        .take(BATCH)
        .map(|stored| {
            let expected = Expected::Revision(stored.revision);
            Write::Delete { kind: Kind::Response, id: stored.response.id, expected }
        })
        .collect();
    if writes.is_empty() {
        return Ok(());
    }
    let change = services.changes.begin(Actor::System, SWEPT, Kind::Response.name());
    let change = change.detail(json!({ "count": writes.len() }));
    writes.into_iter().fold(change, sekisho_capability::Change::write).commit(now).await?;
    Ok(())
}
