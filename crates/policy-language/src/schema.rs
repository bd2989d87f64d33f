//! The schema: the vocabulary of policies.

use std::sync::LazyLock;

use cedar_policy::Schema;

/// The schema's text.
pub const TEXT: &str = include_str!("sekisho.cedarschema");

static SCHEMA: LazyLock<Result<Schema, String>> =
    LazyLock::new(|| Schema::from_cedarschema_str(TEXT).map(|(schema, _)| schema).map_err(|error| error.to_string()));

/// The schema, parsed once.
///
/// # Errors
/// Why the text does not parse, which the tests of this crate rule out.
pub fn schema() -> Result<&'static Schema, &'static str> {
    SCHEMA.as_ref().map_err(String::as_str)
}
