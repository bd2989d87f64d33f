//! Lists, which the API answers page by page.

use http::Method;
use serde_json::Value;

use super::{Open, path_segment};
use crate::Failure;

/// The items of a list in their order, at most `most`. Every page names the one after it.
pub(super) async fn list(open: &mut Open, path: &str, most: usize) -> Result<Vec<Value>, Failure> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = match &cursor {
            None => path.to_owned(),
            Some(cursor) => after(path, cursor),
        };
        let (mut more, next) = read(open.ask(&Method::GET, &page, None).await?)?;
        items.append(&mut more);
        if items.len() >= most {
            items.truncate(most);
            return Ok(items);
        }
        // A page may be empty although there are more; a list that names the same page again has no end.
        match next {
            None => return Ok(items),
            next if next == cursor => {
                return Err(Failure::failed("the platform's list does not come to its end: ask again"));
            }
            next => cursor = next,
        }
    }
}

/// The page of a list that goes on there.
pub(super) fn after(path: &str, cursor: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}after={}", path_segment(cursor))
}

/// The items of a page, and where the next one begins.
pub(super) fn read(page: Value) -> Result<(Vec<Value>, Option<String>), Failure> {
    let wrong = || Failure::failed("the platform's answer is not a list");
    let Value::Object(mut page) = page else { return Err(wrong()) };
    match (page.remove("items"), page.remove("next")) {
        (Some(Value::Array(items)), None | Some(Value::Null)) => Ok((items, None)),
        (Some(Value::Array(items)), Some(Value::String(next))) => Ok((items, Some(next))),
        _ => Err(wrong()),
    }
}
