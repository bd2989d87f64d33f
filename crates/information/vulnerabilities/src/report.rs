//! Reports: what was found of the software of one device or resource, as it is stored.

use sekisho_model::documents::AssessmentTarget;
use sekisho_model::{DeviceId, ResourceId, Timestamp};
use sekisho_vulnerability_matching::Finding;
use serde::{Deserialize, Serialize};

/// Whose software it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A device's packages.
    Device(DeviceId),
    /// An application's components.
    Resource(ResourceId),
}

impl Target {
    /// The identifier of its report: `device/alice-laptop`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// `device` or `resource`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Device(_) => "device",
            Self::Resource(_) => "resource",
        }
    }

    /// The identifier of the device or resource.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Device(device) => device.as_str(),
            Self::Resource(resource) => resource.as_str(),
        }
    }

    /// What its assessments are about.
    #[must_use]
    pub fn assessed(&self) -> AssessmentTarget {
        match self {
            Self::Device(device) => AssessmentTarget::Device(device.clone()),
            Self::Resource(resource) => AssessmentTarget::Resource(resource.clone()),
        }
    }
}

/// What was found of the software of one device or resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whose software it is.
    pub target: Target,
    /// When it was assessed with another result than before.
    pub assessed_at: Timestamp,
    /// When its assessments stop counting.
    pub until: Timestamp,
    /// Stands for the inventory: another one has another digest.
    pub digest: u64,
    /// How many components it has.
    pub components: usize,
    /// How many of them no source and no order of versions covers: of those, nothing is known.
    pub uncovered: usize,
    /// The ecosystems that are covered.
    pub covered: Vec<String>,
    /// Whether a source said what is exploited.
    pub knows_exploited: bool,
    /// The score of the worst vulnerability, in tenths of CVSS. `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<u8>,
    /// Whether a known exploited vulnerability is present. `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_exploited: Option<bool>,
    /// How many findings there are.
    pub total: usize,
    /// The findings, the worst first: at most [`Report::MOST`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// The most findings that a report lists. All of them count.
    pub const MOST: usize = 1000;

    /// Whether another report says the same, at whatever time.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        let untimed = |report: &Self| Self { assessed_at: self.assessed_at, until: self.until, ..report.clone() };
        *self == untimed(other)
    }
}
