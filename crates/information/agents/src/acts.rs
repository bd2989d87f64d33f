//! The administrative act about agents. Writing an agent's document, and disabling it, are acts about workloads.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at agents and what they called.
pub const AGENTS_READ: ActSpec = ActSpec::new(
    "agents-read",
    Action::Read,
    Part::Tokens,
    ("Look at agents and what they called", "エージェントと呼び出しの閲覧"),
);
