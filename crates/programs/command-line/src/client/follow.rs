//! Lists that begin with their newest entry, followed: what is there, and then what comes.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::{Open, exchange, pages};
use crate::Failure;

/// How long to wait between two questions for what is new.
const PAUSE: Duration = Duration::from_secs(1);

/// Gives `each` the newest `first` entries, and then the entries that come, until the command is interrupted or `each` has enough.
pub(super) async fn until_interrupted(
    open: &mut Open,
    path: &str,
    first: usize,
    each: impl FnMut(&[Value]) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        ended = follow(open, path, first, each) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

pub(super) async fn follow(
    open: &mut Open,
    path: &str,
    first: usize,
    mut each: impl FnMut(&[Value]) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut entries = pages::list(open, path, first).await?;
    let mut newest = entries.first().and_then(index);
    loop {
        entries.reverse();
        if !entries.is_empty() && !each(&entries)? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
        // What is bounded is one answer of a list that never ends, and not all of them.
        open.left = exchange::MOST;
        entries = since(open, path, newest).await?;
        newest = entries.first().and_then(index).or(newest);
    }
}

/// The entries after one, newest first.
async fn since(open: &mut Open, path: &str, newest: Option<u64>) -> Result<Vec<Value>, Failure> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = match &cursor {
            None => path.to_owned(),
            Some(cursor) => pages::after(path, cursor),
        };
        let (items, next) = pages::read(open.ask(&Method::GET, &page, None).await?)?;
        let is_new = |item: &Value| newest.is_none_or(|newest| index(item).is_none_or(|index| index > newest));
        let (before, count) = (found.len(), items.len());
        found.extend(items.into_iter().take_while(is_new));
        // A page that is not new to its end reaches what was seen; behind an empty one are only entries that were looked through before.
        let reached = count == 0 || found.len() - before < count;
        match next {
            Some(next) if !reached && cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(found),
        }
    }
}

fn index(entry: &Value) -> Option<u64> {
    entry.get("index").and_then(Value::as_u64)
}
