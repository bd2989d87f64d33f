//! The administrative act, and the codes under which the platform records what it noticed.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at what is usual for people, and at what was not.
pub const BEHAVIOUR_READ: ActSpec = ActSpec::new(
    "behaviour-read",
    Action::Read,
    Part::Sessions,
    ("Look at what is usual for people", "ユーザーの普段の行動の閲覧"),
);

/// Something unusual about a person.
pub(crate) const RAISED: &str = "signal-raised";
/// A step-up answered what was unusual.
pub(crate) const ANSWERED: &str = "signal-answered";
/// The files of places are others than before.
pub(crate) const FILES_CHANGED: &str = "place-files-changed";
