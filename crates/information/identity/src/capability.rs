//! What identity contributes to the platform.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts;

/// People: their accounts and groups, their sealed credentials, and the acts on them.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { kinds: &[Kind::User, Kind::Group, Kind::Credential], acts: acts::ALL, ..Capability::named("identity") }
}
