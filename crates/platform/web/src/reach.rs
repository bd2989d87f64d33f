//! How an application stands to a person, as the policy engine sees it: what pages and the API list follows from it.

use sekisho_policy_engine::{Decision, Step, Verdict};

/// How an application stands to a person. One that nothing would open has no reach, and the person does not see its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The person may use it, now or after what they can do alone.
    Mine,
    /// Somebody else must grant it.
    Requestable,
}

impl Reach {
    /// What follows from a decision about the application.
    #[must_use]
    pub fn of(decision: &Decision) -> Option<Self> {
        let needs_grant = |steps: &[Step]| steps.contains(&Step::Grant);
        let mut remedies = decision.remedies().iter();
        match decision.outcome() {
            Verdict::Permit(_) | Verdict::Challenge(_) => Some(Self::Mine),
            Verdict::Deny(_) if decision.remedies().is_empty() => None,
            Verdict::Deny(_) if remedies.all(|remedy| needs_grant(&remedy.steps)) => Some(Self::Requestable),
            Verdict::Deny(_) => Some(Self::Mine),
        }
    }
}
