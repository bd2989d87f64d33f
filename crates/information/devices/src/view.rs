//! A device as pages show it: its name and owner, its state, the checks that it fails and what helps.

use sekisho_model::documents::{Device, DeviceStatus, Kind, Ownership, Posture};
use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{Evidence, Timestamp};
use sekisho_web::{Problem, RequestContext, documents};

/// A device.
pub struct DeviceView {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The account that it is assigned to.
    pub owner: Option<String>,
    /// Its operating system.
    pub platform: String,
    /// The message key of whom it belongs to.
    pub ownership: &'static str,
    /// How it is doing.
    pub state: DeviceState,
    /// When it last reported.
    pub reported_at: Option<Timestamp>,
    /// The checks that its last report fails.
    pub failing: Vec<Failing>,
    /// The facts of its last report.
    pub facts: Vec<(String, String)>,
}

/// A check that a device fails.
pub struct Failing {
    /// Why the device fails.
    pub reason: String,
    /// What helps.
    pub remedy: String,
    /// The value that the device reported.
    pub found: String,
}

/// How a device is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// It passes every check.
    Compliant,
    /// It fails a check.
    NotCompliant,
    /// Its last report is too old, or there is none.
    Silent,
    /// Its enrolment is not complete.
    NotEnrolled,
    /// It was revoked.
    Revoked,
}

impl DeviceState {
    /// The style class.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Compliant => "pass",
            Self::NotCompliant | Self::Revoked => "stop",
            Self::Silent | Self::NotEnrolled => "ask",
        }
    }

    /// Whether it was revoked.
    #[must_use]
    pub const fn is_revoked(self) -> bool {
        matches!(self, Self::Revoked)
    }

    /// The message key of the state.
    #[must_use]
    pub const fn key(self) -> &'static str {
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
pub fn state<S>(
    context: &RequestContext<S>,
    device: &sekisho_policy_information::DeviceView<'_>,
    revoked: bool,
) -> DeviceState {
    match context.world.device_evidence(device.handle, context.now) {
        _ if revoked => DeviceState::Revoked,
        _ if !device.usable => DeviceState::NotEnrolled,
        Evidence::Known(_) if *device.facts.get(Slot::Compliant) == Fact::Bool(true) => DeviceState::Compliant,
        Evidence::Known(_) => DeviceState::NotCompliant,
        Evidence::Stale { .. } | Evidence::Unknown(_) => DeviceState::Silent,
    }
}

/// Everything that is known of a device.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such document, [`Problem::Unavailable`] when the store fails.
pub async fn view<S>(
    context: &RequestContext<S>,
    device: &sekisho_policy_information::DeviceView<'_>,
) -> Result<DeviceView, Problem> {
    let stored: Device = documents::get(context, Kind::Device, &device.id).await?.ok_or(Problem::NotFound)?;
    let posture: Option<Posture> = documents::get(context, Kind::Posture, &device.id).await?;
    let revoked = stored.status == DeviceStatus::Revoked;
    let failing = posture.iter().flat_map(|posture| &posture.failing).map(|failing| {
        let check = context.world.check(failing.check.as_str());
        let said = |text: Option<&sekisho_model::Text>| {
            text.map_or_else(|| failing.check.to_string(), |text| text.in_language(context.language).to_owned())
        };
        Failing {
            reason: said(check.map(|check| &check.reason)),
            remedy: check.map(|check| check.remedy.in_language(context.language).to_owned()).unwrap_or_default(),
            found: failing.found.clone(),
        }
    });
    let facts = posture.iter().flat_map(|posture| &posture.facts);
    Ok(DeviceView {
        failing: failing.collect(),
        facts: facts.map(|(name, value)| (name.clone(), value.to_string())).collect(),
        state: state(context, device, revoked),
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
