//! Enforcement points that are not ours.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts::table::{ENFORCEMENT_POINT_CHANGED, ENFORCEMENT_POINTS_READ};

/// Enforcement points: their documents, and the acts on their keys, tokens and status.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability {
        kinds: &[Kind::EnforcementPoint],
        acts: &[ENFORCEMENT_POINTS_READ, ENFORCEMENT_POINT_CHANGED],
        ..Capability::named("enforcement-points")
    }
}
