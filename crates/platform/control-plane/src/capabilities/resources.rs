//! What is protected, and what is known of it.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts::table::RESOURCES_READ;

/// Resources with grants, and the facts that any source states about resources and others: signals, assessments, threat lists.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Resource, Kind::Grant, Kind::Signal, Kind::Assessment, Kind::ThreatList],
        acts: &[RESOURCES_READ],
        ..Capability::named("resources")
    }
}
