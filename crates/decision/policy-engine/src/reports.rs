//! Until when what devices reported may be read, for devices that the request does not come from.

use sekisho_model::Timestamp;
use sekisho_model::facts::Handle;
use sekisho_policy_information::World;

/// Where that stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reports<'a> {
    /// In the World.
    Of(&'a World),
    /// In a list, for tests without a World.
    #[cfg(test)]
    Given(&'a [(Handle, Timestamp)]),
}

impl Reports<'_> {
    /// Until when a device's last report is fresh. `None` when it is not, or when the device is not enrolled or was revoked.
    pub(crate) fn fresh_until(self, device: Handle, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Of(world) => world.device_evidence_until(device, now).1,
            #[cfg(test)]
            Self::Given(until) => until.iter().find(|(named, until)| *named == device && now < *until).map(|one| one.1),
        }
    }
}
