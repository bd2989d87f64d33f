//! Devices by how they are doing, of one World.

use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{Evidence, Timestamp, WhyUnknown};
use sekisho_policy_information::World;

/// How many devices there are, by how they are doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fleet {
    /// They pass every check.
    pub compliant: usize,
    /// They fail a check.
    pub not_compliant: usize,
    /// Their last report is too old.
    pub stale: usize,
    /// They are enrolled and never reported.
    pub never_reported: usize,
    /// They were revoked, or their enrolment is not complete.
    pub unusable: usize,
}

impl Fleet {
    /// Counts every device: the caller keeps the result, because there may be a million.
    #[must_use]
    pub fn of(world: &World, now: Timestamp) -> Self {
        world.devices().fold(Self::default(), |mut fleet, device| {
            let is_compliant = *device.facts.get(Slot::Compliant) == Fact::Bool(true);
            let count = match world.device_evidence(device.handle, now) {
                _ if !device.usable => &mut fleet.unusable,
                Evidence::Known(_) if is_compliant => &mut fleet.compliant,
                Evidence::Known(_) => &mut fleet.not_compliant,
                Evidence::Unknown(WhyUnknown::NeverReported) => &mut fleet.never_reported,
                Evidence::Stale { .. } | Evidence::Unknown(_) => &mut fleet.stale,
            };
            *count += 1;
            fleet
        })
    }

    /// How many devices may be used.
    #[must_use]
    pub const fn usable(&self) -> usize {
        self.compliant + self.not_compliant + self.stale + self.never_reported
    }
}
