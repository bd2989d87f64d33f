//! What is wrong with a document, and where.

use serde_json::{Map, Value};

/// Why a document is not enforced: where in it, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at `{place}`: {message}")]
pub struct DocumentProblem {
    /// A JSON pointer into the document; `#` is the document itself.
    pub place: String,
    /// What is wrong, and the fix.
    pub message: String,
}

/// The longest place and message, in characters: names in a document may be long.
const LONGEST: usize = 300;

impl DocumentProblem {
    /// A problem at a place.
    pub(crate) fn new(place: &str, message: impl Into<String>) -> Self {
        let cut = |text: &str| text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
        Self { place: cut(place), message: cut(&message.into()) }
    }
}

/// A table of the document.
pub(crate) fn table<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, DocumentProblem> {
    value.as_object().ok_or_else(|| DocumentProblem::new(place, "write a table here"))
}

/// A list of the document; none where it is absent.
pub(crate) fn list<'v>(of: &'v Map<String, Value>, key: &str, place: &str) -> Result<&'v [Value], DocumentProblem> {
    match of.get(key) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(DocumentProblem::new(&format!("{place}/{key}"), "write a list here")),
    }
}

/// A text of the document.
pub(crate) fn text<'v>(of: &'v Map<String, Value>, key: &str, place: &str) -> Result<Option<&'v str>, DocumentProblem> {
    match of.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(DocumentProblem::new(&format!("{place}/{key}"), "write a text here")),
    }
}

/// A truth of the document; false where it is absent.
pub(crate) fn flag(of: &Map<String, Value>, key: &str, place: &str) -> Result<bool, DocumentProblem> {
    match of.get(key) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(DocumentProblem::new(&format!("{place}/{key}"), "write `true` or `false`")),
    }
}

/// A place below another one.
pub(crate) fn below(place: &str, key: &str) -> String {
    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))
}
