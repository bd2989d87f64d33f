//! The schema: the vocabulary of policies.

use std::sync::LazyLock;

use cedar_policy::{Schema, Validator};

/// The schema's text.
pub const TEXT: &str = include_str!("sekisho.cedarschema");

static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    Schema::from_cedarschema_str(TEXT).map(|(schema, _)| Validator::new(schema)).map_err(|error| error.to_string())
});

/// The validator over the schema, made once.
///
/// # Errors
/// Why the text does not parse, which the tests of this crate rule out.
pub(crate) fn validator() -> Result<&'static Validator, &'static str> {
    VALIDATOR.as_ref().map_err(String::as_str)
}
