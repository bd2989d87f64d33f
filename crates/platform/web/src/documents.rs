//! Reads documents from the store into their types.

use std::collections::HashMap;

use sekisho_model::documents::Kind;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::Problem;
use crate::request_context::RequestContext;

/// A document, if it is there.
pub async fn get<T: DeserializeOwned, S>(
    context: &RequestContext<S>,
    kind: Kind,
    id: &str,
) -> Result<Option<T>, Problem> {
    let Some(document) = context.site.store.get(kind, id).await? else { return Ok(None) };
    read(kind, id, document.body).map(Some).ok_or(Problem::Unavailable)
}

/// The documents with these identifiers that are there and can be read, in that order.
pub async fn some<T: DeserializeOwned, S>(
    context: &RequestContext<S>,
    kind: Kind,
    ids: &[impl AsRef<str>],
) -> Result<Vec<T>, Problem> {
    let found = context.site.store.get_some(kind, ids).await?;
    let mut bodies: HashMap<String, Value> = found.into_iter().map(|document| (document.id, document.body)).collect();
    Ok(ids.iter().filter_map(|id| read(kind, id.as_ref(), bodies.remove(id.as_ref())?)).collect())
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
    let readable = found.into_iter().filter_map(|document| read(kind, &document.id, document.body));
    Ok((readable.collect(), next))
}

fn read<T: DeserializeOwned>(kind: Kind, id: &str, body: Value) -> Option<T> {
    serde_json::from_value(body)
        .inspect_err(|error| tracing::error!(%kind, id, %error, "a document cannot be read"))
        .ok()
}
