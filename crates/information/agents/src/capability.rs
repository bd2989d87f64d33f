//! What agents contribute to the platform: an act. Their documents are those of workloads.

use sekisho_capability::Capability;

use crate::acts::AGENTS_READ;

/// The act.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { acts: &[AGENTS_READ], ..Capability::named("agents") }
}
