//! Settings, and the process itself.

use sekisho_capability::Capability;
use sekisho_model::documents::Kind;

use crate::acts::table::{PROCESS_OPERATED, SETTINGS_READ};

/// Settings: their document, looking at them and at certificates, and operating the process.
#[must_use]
pub const fn capability<S>() -> Capability<S> {
    Capability { kinds: &[Kind::Settings], acts: &[SETTINGS_READ, PROCESS_OPERATED], ..Capability::named("settings") }
}
