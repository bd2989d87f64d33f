//! Documents from outside: checked against their kind's type before anything else sees them.

use sekisho_model::documents::Kind;
use sekisho_model::{Name, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A document that an administrator wants to be there, with where it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desired {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub id: String,
    /// Its body.
    pub body: Value,
    /// The file it was written in, for messages; `-` when it came from elsewhere.
    pub origin: String,
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {kind} `{}`: {message}", .id.chars().take(160).collect::<String>().escape_debug())]
pub struct DocumentProblem {
    /// Where it was written.
    pub origin: String,
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub id: String,
    /// What is wrong, and the fix.
    pub message: String,
}

impl Desired {
    /// The body in its normal form: every default written out, no unknown field, the identifier the same inside and out.
    ///
    /// # Errors
    /// [`DocumentProblem`] when the body is not one of its kind, or the kind is never applied.
    pub fn normal_body(&self) -> Result<Value, DocumentProblem> {
        if self.kind == Kind::Settings && self.id != "settings" {
            return Err(self.problem("there is one such document, `settings`".to_owned()));
        }
        if self.kind == Kind::ApiToken {
            return Err(self.problem("a token is made with `sekisho token make`, and never applied".to_owned()));
        }
        let body = self.kind.normalise(&self.body).map_err(|message| self.problem(message))?;
        if self.id.parse::<Name>().is_err() {
            return Err(self.problem("the identifier may hold a-z, 0-9, `.`, `_`, `@`, `-` only".to_owned()));
        }
        match body.get("id").and_then(Value::as_str) {
            Some(inside) if inside != self.id => Err(self.problem(format!("its `id` field says `{inside}`"))),
            _ => Ok(body),
        }
    }

    /// A problem with this document.
    pub fn problem(&self, message: String) -> DocumentProblem {
        DocumentProblem { origin: self.origin.clone(), kind: self.kind, id: self.id.clone(), message }
    }
}

/// The name a document of a kind shows to people, if it has one.
#[must_use]
pub fn display_name(body: &Value) -> Option<String> {
    let name = body.get("name")?;
    match name {
        Value::String(text) => Some(text.clone()),
        other => serde_json::from_value::<Text>(other.clone()).ok().map(|text| text.en),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn desired(kind: Kind, id: &str, body: Value) -> Desired {
        Desired { kind, id: id.to_owned(), body, origin: "people.toml".to_owned() }
    }

    #[test]
    fn a_document_is_written_out_in_full() {
        let body = desired(Kind::User, "alice", json!({"id": "alice", "name": "Alice"})).normal_body().expect("a user");
        assert_eq!(body["employment"], "guest");
        assert_eq!(body["status"], "active");
    }

    #[test]
    fn a_wrong_document_is_refused_with_its_origin() {
        for (kind, id, body, says) in [
            (Kind::User, "alice", json!({"id": "alice", "name": "A", "clerance": 3}), "unknown field `clerance`"),
            (
                Kind::User,
                "alice",
                json!({"id": "alice", "name": "A", "clearance": 5}),
                "`clearance`: 5 is out of range: write 0 to 4",
            ),
            (Kind::User, "alice", json!({"id": "bob", "name": "A"}), "says `bob`"),
            (Kind::Resource, "wiki", json!({"id": "wiki", "name": {"en": "W"}, "upstream": "ftp://x"}), "http://"),
            (
                Kind::Resource,
                "db",
                json!({"id": "db", "name": {"en": "D"}, "kind": "tcp"}),
                "`addresses`: a TCP service needs",
            ),
            (
                Kind::Resource,
                "db",
                json!({"id": "db", "name": {"en": "D"}, "kind": "tcp", "addresses": ["db:5432"]}),
                "`addresses[0]`: `db:5432` is not the address",
            ),
            (
                Kind::Resource,
                "wiki",
                json!({"id": "wiki", "name": {"en": "W"}, "categories": ["finance\n"]}),
                "`finance\\n` is no name",
            ),
            (Kind::User, "a", json!({"id": "a", "name": "A", "groups": ["finance\n"]}), "is not a name"),
            (Kind::Session, "x", json!({}), "made by Sekisho"),
            (Kind::Settings, "other", json!({}), "one such document"),
        ] {
            let problem = desired(kind, id, body).normal_body().expect_err(says).to_string();
            assert!(problem.starts_with("people.toml: ") && problem.contains(says), "{problem}");
        }
    }
}
