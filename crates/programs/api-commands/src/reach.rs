//! `sekisho resources`: what the person who signed in may reach, and what is missing for the rest.

use clap::Args;
use serde_json::Value;

use super::output::cell;
use super::{Connection, Failure};

/// What I may reach.
#[derive(Debug, Args)]
pub(super) struct Resources {
    #[command(flatten)]
    connection: Connection,
}

impl Resources {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (mut rows, output) = (self.connection.client()?.list("/me/resources")?, self.connection.output());
        if !output.is_for_programs() {
            for row in rows.as_array_mut().into_iter().flatten() {
                complete(row);
            }
        }
        let columns = [
            ("RESOURCE", "/id"),
            ("NAME", "/name"),
            ("OUTCOME", "/outcome"),
            ("OPEN WITH", "/open!"),
            ("WHAT IS MISSING", "/missing"),
        ];
        output.table(&rows, &columns, "nothing that you may reach: ask an administrator for access")
    }
}

/// How the resource is opened, and what opens it where it is not permitted.
fn complete(row: &mut Value) {
    let is_permitted = row.get("outcome").is_some_and(|outcome| outcome == "permit");
    let open = match row.get("url") {
        Some(Value::String(url)) => url.clone(),
        _ => format!("sekisho connect {}", cell(row.get("id"))),
    };
    let list = |name: &str| row.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
    // Each remedy opens it alone.
    let missing = list("remedies").or_else(|| list("reasons")).into_iter().flatten();
    let missing = missing.map(|text| cell(Some(text))).collect::<Vec<_>>().join(" / ");
    let Some(fields) = row.as_object_mut() else { return };
    fields.insert("open".to_owned(), if is_permitted { Value::from(open) } else { Value::Null });
    fields.insert("missing".to_owned(), if is_permitted { Value::Null } else { Value::from(missing) });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_permitted_can_be_opened_and_the_rest_says_what_is_missing() {
        let completed = |mut row: Value| {
            complete(&mut row);
            (cell(row.get("open")), cell(row.get("missing")))
        };
        let web = json!({ "id": "wiki", "url": "https://wiki.example.jp/", "outcome": "permit", "remedies": [] });
        assert_eq!(completed(web), ("https://wiki.example.jp/".to_owned(), "-".to_owned()));
        let tcp = json!({ "id": "db", "url": null, "outcome": "permit" });
        assert_eq!(completed(tcp).0, "sekisho connect db");
        let denied = json!({ "id": "db", "outcome": "deny", "reasons": ["why"], "remedies": ["one", "two"] });
        assert_eq!(completed(denied), ("-".to_owned(), "one / two".to_owned()));
        let denied = json!({ "id": "db", "outcome": "deny", "reasons": ["why"], "remedies": [] });
        assert_eq!(completed(denied).1, "why");
    }
}
