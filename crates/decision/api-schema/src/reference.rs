//! References within one document. What is elsewhere is not read: a document says everything itself.

use serde_json::Value;

use crate::reading::DocumentProblem;

/// The most references that follow each other.
const LONGEST_CHAIN: usize = 16;

/// What a value stands for: itself, or what its `$ref` leads to, with the place of that.
pub(crate) fn follow<'v>(
    document: &'v Value,
    value: &'v Value,
    place: &str,
) -> Result<(&'v Value, String), DocumentProblem> {
    let (mut value, mut at) = (value, place.to_owned());
    for _ in 0..LONGEST_CHAIN {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok((value, at)) };
        value = target(document, reference, &at)?;
        reference.clone_into(&mut at);
    }
    Err(DocumentProblem::new(place, "this reference leads to too many others: name the thing itself"))
}

/// What a reference leads to.
pub(crate) fn target<'v>(document: &'v Value, reference: &str, place: &str) -> Result<&'v Value, DocumentProblem> {
    let Some(pointer) = reference.strip_prefix('#') else {
        let message = format!("`{reference}` is not in this document: write what it names into the document");
        return Err(DocumentProblem::new(place, message));
    };
    let found = document.pointer(&decoded(pointer));
    found.ok_or_else(|| DocumentProblem::new(place, format!("`{reference}` leads to nothing: correct it")))
}

/// A fragment without percent-encoding.
fn decoded(pointer: &str) -> String {
    crate::query::decode(pointer.as_bytes(), false)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| pointer.to_owned())
}
