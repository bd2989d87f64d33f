//! What devices contribute to the platform.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts;

/// Devices: what is enrolled, what each reported, what it is checked for, and the acts on them.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { kinds: &[Kind::Device, Kind::Posture, Kind::Check], acts: acts::ALL, ..Capability::named("devices") }
}
