//! Policies.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts::table::POLICIES_READ;

/// Policies: their documents, and looking at them.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { kinds: &[Kind::Policy], acts: &[POLICIES_READ], ..Capability::named("policies") }
}
