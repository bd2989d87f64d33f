//! A device as pages show it: who it is, how it is doing, what fails and what helps.

use sekisho_model::documents::{Device, DeviceStatus, Kind, Ownership, Posture};
use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{Evidence, Timestamp};

use crate::documents;
use crate::problem::Problem;
use crate::visit::Visit;

/// A device.
pub(crate) struct DeviceView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
    pub(crate) platform: String,
    pub(crate) ownership: &'static str,
    pub(crate) state: DeviceState,
    pub(crate) reported_at: Option<Timestamp>,
    pub(crate) failing: Vec<Failing>,
    pub(crate) facts: Vec<(String, String)>,
}

/// A check that fails.
pub(crate) struct Failing {
    pub(crate) reason: String,
    pub(crate) remedy: String,
    pub(crate) found: String,
}

/// How a device is doing, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceState {
    Compliant,
    NotCompliant,
    Silent,
    NotEnrolled,
    Revoked,
}

impl DeviceState {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Compliant => "pass",
            Self::NotCompliant | Self::Revoked => "stop",
            Self::Silent | Self::NotEnrolled => "ask",
        }
    }

    pub(crate) const fn is_revoked(self) -> bool {
        matches!(self, Self::Revoked)
    }

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::NotCompliant => "not-compliant",
            Self::Silent => "not-reporting",
            Self::NotEnrolled => "not-enrolled",
            Self::Revoked => "revoked",
        }
    }
}

/// The state of a device as decisions see it.
pub(crate) fn state(visit: &Visit, device: &sekisho_policy_information::DeviceView<'_>, revoked: bool) -> DeviceState {
    match visit.world.device_evidence(device.handle, visit.now) {
        _ if revoked => DeviceState::Revoked,
        _ if !device.usable => DeviceState::NotEnrolled,
        Evidence::Known(_) if *device.facts.get(Slot::Compliant) == Fact::Bool(true) => DeviceState::Compliant,
        Evidence::Known(_) => DeviceState::NotCompliant,
        Evidence::Stale { .. } | Evidence::Unknown(_) => DeviceState::Silent,
    }
}

/// A device with everything that is known of it.
pub(crate) async fn view(
    visit: &Visit,
    device: &sekisho_policy_information::DeviceView<'_>,
) -> Result<DeviceView, Problem> {
    let stored: Device = documents::get(visit, Kind::Device, &device.id).await?.ok_or(Problem::NotFound)?;
    let posture: Option<Posture> = documents::get(visit, Kind::Posture, &device.id).await?;
    let revoked = stored.status == DeviceStatus::Revoked;
    let failing = posture.iter().flat_map(|posture| &posture.failing).map(|failing| {
        let check = visit.world.check(failing.check.as_str());
        let said = |text: Option<&sekisho_model::Text>| {
            text.map_or_else(|| failing.check.to_string(), |text| text.in_language(visit.language).to_owned())
        };
        Failing {
            reason: said(check.map(|check| &check.reason)),
            remedy: check.map(|check| check.remedy.in_language(visit.language).to_owned()).unwrap_or_default(),
            found: failing.found.clone(),
        }
    });
    let facts = posture.iter().flat_map(|posture| &posture.facts);
    Ok(DeviceView {
        failing: failing.collect(),
        facts: facts.map(|(name, value)| (name.clone(), value.to_string())).collect(),
        state: state(visit, device, revoked),
        id: device.id.to_string(),
        name: stored.name,
        owner: stored.owner.map(|owner| owner.to_string()),
        platform: stored.platform,
        ownership: match stored.ownership {
            Ownership::Corporate => "ownership-corporate",
            Ownership::Personal => "ownership-personal",
        },
        reported_at: device.reported_at,
    })
}
