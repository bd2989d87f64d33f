//! The administrative acts on the tokens of others. People make, see and revoke their own without them.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at everybody's API tokens.
pub const TOKENS_READ: ActSpec =
    ActSpec::new("tokens-read", Action::Read, Part::Tokens, ("Look at API tokens", "API トークンの閲覧"));
/// Make an API token for somebody else.
pub const TOKEN_MADE: ActSpec = ActSpec::new(
    "token-made",
    Action::Administer,
    Part::Tokens,
    ("Make an API token for somebody else", "他の人の API トークンの発行"),
);
/// Revoke an API token of somebody else.
pub const TOKEN_REVOKED: ActSpec = ActSpec::new(
    "token-revoked",
    Action::Write,
    Part::Tokens,
    ("Revoke an API token of somebody else", "他の人の API トークンの失効"),
);

/// All of them.
pub const ALL: &[ActSpec] = &[TOKENS_READ, TOKEN_MADE, TOKEN_REVOKED];
