//! The administrative acts on transmitters, and the act that an event is.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at transmitters and their events.
pub const SHARED_SIGNALS_READ: ActSpec =
    ActSpec::new("shared-signals-read", Action::Read, Part::Settings, ("Look at shared signals", "共有シグナルの閲覧"));
/// Set the secret that signs the webhooks of a transmitter.
pub const TRANSMITTER_SECRET_SET: ActSpec = ActSpec::new(
    "transmitter-secret-set",
    Action::Administer,
    Part::Settings,
    ("Set the secret of a transmitter", "送信元のシークレットの設定"),
);

/// The code under which an event that was sent is recorded.
pub(crate) const SIGNAL_SENT: &str = "shared-signal-sent";
/// The code under which an event that could not be sent is recorded.
pub(crate) const SIGNAL_FAILED: &str = "shared-signal-failed";
/// The code under which an event is recorded.
pub(crate) const SIGNAL_RECEIVED: &str = "shared-signal-received";
