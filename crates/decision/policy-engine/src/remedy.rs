//! Reasons and remedies: why a request is not permitted, and what its subject can do about it.

use sekisho_model::Text;

/// Why a request is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A stable code: `no-policy-permits`, `device-posture-stale`, or the identifier of the policy that forbids.
    pub code: String,
    /// What a person reads.
    pub text: Text,
}

/// One thing that a subject can change. The order is the order in which remedies are tried and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Authenticate now, with a passkey.
    Authenticate,
    /// Prove the device that is being used.
    ProveDevice,
    /// Let the device report: its last report is too old, or it never reported.
    ReportDevice,
    /// Heal the device: make every check pass.
    HealDevice,
    /// Use a managed, compliant device of one's own instead of this one.
    OtherDevice,
    /// Come from another network: one without a threat score, in another zone.
    OtherNetwork,
    /// Ask for an approved grant.
    Grant,
}

impl Step {
    /// The step's stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::ProveDevice => "prove-device",
            Self::ReportDevice => "report-device",
            Self::HealDevice => "heal-device",
            Self::OtherDevice => "other-device",
            Self::OtherNetwork => "other-network",
            Self::Grant => "grant",
        }
    }
}

/// A smallest set of changes that would turn the answer into a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// A stable code: the codes of the steps, joined by `+`.
    pub code: String,
    /// What a person reads.
    pub text: Text,
    /// What to change.
    pub steps: Vec<Step>,
}
