//! The administrative acts about names. Writing a list's document is an act of all documents.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at lists of names, at what was denied because of them, and at the tokens of those who ask.
pub const NAMES_READ: ActSpec =
    ActSpec::new("names-read", Action::Read, Part::Resources, ("Look at lists of names", "名前リストの閲覧"));

/// Make a token with which somebody's machine asks the resolver.
pub const RESOLVER_TOKEN_MADE: ActSpec = ActSpec::new(
    "resolver-token-made",
    Action::Administer,
    Part::Tokens,
    ("Make a token for the resolver", "リゾルバー用トークンの発行"),
);

/// Revoke such a token.
pub const RESOLVER_TOKEN_REVOKED: ActSpec = ActSpec::new(
    "resolver-token-revoked",
    Action::Write,
    Part::Tokens,
    ("Revoke a token for the resolver", "リゾルバー用トークンの失効"),
);
