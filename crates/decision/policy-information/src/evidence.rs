//! From what a request comes: which device counts, and whether what is known of it is fresh enough to decide on.

use sekisho_model::facts::Handle;
use sekisho_model::{Evidence, PresentedDevice, SessionFacts, Timestamp, WhyUnknown};

use crate::World;
use crate::view::{DeviceState, KeyPrefix};

impl World {
    /// The device of a request: the one whose certificate its connection presents, else the one bound to its session. A
    /// certificate that is no longer good is not passed over for the session's device, and where certificate and session
    /// name two devices neither counts: the cookie is on a device that is not the session's.
    #[must_use]
    pub fn device_of(
        &self,
        presented: Option<&PresentedDevice>,
        session: &SessionFacts,
        now: Timestamp,
    ) -> Evidence<Handle> {
        let shown = match presented {
            Some(presented) => match self.device(presented.id.as_str()) {
                Some(device) if self.device_key_matches(device, &presented.key_sha256) => Some(device),
                _ => return Evidence::Unknown(WhyUnknown::NotEnrolled),
            },
            None => None,
        };
        match (shown, session.device) {
            (Some(shown), Some(bound)) if shown != bound => Evidence::Unknown(WhyUnknown::NotProven),
            (Some(device), _) | (None, Some(device)) => self.device_evidence(device, now),
            (None, None) => Evidence::Unknown(WhyUnknown::NotProven),
        }
    }

    /// A device as evidence: known while its last report is fresh, stale after that, unknown when it is not enrolled, was
    /// revoked or removed, or never reported.
    #[must_use]
    pub fn device_evidence(&self, device: Handle, now: Timestamp) -> Evidence<Handle> {
        self.device_evidence_until(device, now).0
    }

    /// The same, with the time at which a device that is known becomes stale.
    #[must_use]
    pub fn device_evidence_until(&self, device: Handle, now: Timestamp) -> (Evidence<Handle>, Option<Timestamp>) {
        // INVARIANT I-5: a revoked, silent or long silent device is not known, so no policy reads what it reported.
        let Some(state) = self.device_state(device).filter(|state| state.is_usable()) else {
            return (Evidence::Unknown(WhyUnknown::NotEnrolled), None);
        };
        let Some(confirmed_at) = state.reported_at() else {
            return (Evidence::Unknown(WhyUnknown::NeverReported), None);
        };
        let stale_at = confirmed_at.plus(self.settings().posture_freshness);
        if now < stale_at {
            (Evidence::Known(device), Some(stale_at))
        } else {
            (Evidence::Stale { value: device, confirmed_at }, None)
        }
    }

    /// Whether a key, by the hexadecimal SHA-256 of its DER SubjectPublicKeyInfo, is the one with which a device that may
    /// be used is enrolled.
    #[must_use]
    pub fn device_key_matches(&self, device: Handle, key_sha256_hex: &str) -> bool {
        let enrolled = self.device_state(device).and_then(DeviceState::key);
        enrolled.is_some_and(|key| KeyPrefix::of(key_sha256_hex) == Some(key))
    }

    /// When a device's last report was accepted.
    #[must_use]
    pub fn posture_reported_at(&self, device: Handle) -> Option<Timestamp> {
        self.device_state(device)?.reported_at()
    }

    /// When a device's last report becomes stale.
    #[must_use]
    pub fn device_stale_at(&self, device: Handle) -> Option<Timestamp> {
        Some(self.posture_reported_at(device)?.plus(self.settings().posture_freshness))
    }
}
