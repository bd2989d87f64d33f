//! Reads documents from the store into their types.

use sekisho_model::documents::Kind;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::request_context::RequestContext;

/// A document, if it is there.
pub async fn get<T: DeserializeOwned, S>(
    context: &RequestContext<S>,
    kind: Kind,
    id: &str,
) -> Result<Option<T>, Problem> {
    let Some(document) = context.site.store.get(kind, id).await? else { return Ok(None) };
    serde_json::from_value(document.body).map(Some).map_err(|error| {
        tracing::error!(%kind, id, %error, "a document cannot be read");
        Problem::Unavailable
    })
}

/// A page of documents in order of identifier, and the identifier after which the next page begins.
pub async fn list<T: DeserializeOwned, S>(
    context: &RequestContext<S>,
    kind: Kind,
    after: Option<String>,
    rows: u32,
) -> Result<(Vec<T>, Option<String>), Problem> {
    let found = context.site.store.list(kind, after.as_deref(), rows).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|length| length == rows);
    let next = found.last().filter(|_| is_full).map(|last| last.id.clone());
    let readable = found.into_iter().filter_map(|document| match serde_json::from_value(document.body) {
        Ok(body) => Some(body),
        Err(error) => {
            tracing::error!(%kind, id = document.id, %error, "a document cannot be read");
            None
        }
    });
    Ok((readable.collect(), next))
}
