//! The administrative acts on devices.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at devices and checks.
pub const DEVICES_READ: ActSpec =
    ActSpec::new("devices-read", Action::Read, Part::Devices, ("Look at devices", "端末の閲覧"));
/// Make a token that enrols a device.
pub const DEVICE_TOKEN_MADE: ActSpec =
    ActSpec::new("device-token-made", Action::Write, Part::Devices, ("Make a device token", "端末登録トークンの発行"));
/// Revoke a device.
pub const DEVICE_REVOKED: ActSpec =
    ActSpec::new("device-revoked", Action::Write, Part::Devices, ("Revoke a device", "端末の失効"));
/// Forget a device.
pub const DEVICE_REMOVED: ActSpec =
    ActSpec::new("device-removed", Action::Delete, Part::Devices, ("Remove a device", "端末の削除"));

/// All of them.
pub const ALL: &[ActSpec] = &[DEVICES_READ, DEVICE_TOKEN_MADE, DEVICE_REVOKED, DEVICE_REMOVED];
