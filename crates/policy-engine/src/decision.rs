//! A decision: what it came to, why, and for how long.

use sekisho_model::{AccessRequest, DecisionRecord, Outcome, PolicyId, Timestamp};
use sekisho_policy_information::{Risk, World};

use crate::reads::Reads;
use crate::{Permit, Reason, Remedy};

/// What a decision came to.
#[derive(Debug)]
pub enum Verdict {
    /// Go on, with this proof.
    Permit(Permit),
    /// Authenticate more strongly or again, and ask again: that alone would permit.
    Challenge(Challenge),
    /// No.
    Deny(Denial),
}

/// The demand for stronger or fresher authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The authenticator assurance level that would do (NIST SP 800-63B): a passkey now reaches 3.
    pub assurance: u8,
}

/// The refusal of a request that authentication alone cannot mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A forbid policy was satisfied.
    Forbidden,
    /// No permit policy was satisfied.
    NotPermitted,
    /// A policy failed to evaluate.
    Errored,
    /// The session, its subject or the resource is not there, or may not be used.
    NotEligible,
}

/// A decision of the policy engine.
#[derive(Debug)]
pub struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) determining: Vec<PolicyId>,
    pub(crate) errors: Vec<PolicyId>,
    pub(crate) report_only: Vec<PolicyId>,
    pub(crate) risk: Risk,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) remedies: Vec<Remedy>,
    pub(crate) reads: Reads,
}

impl Decision {
    pub(crate) const fn new(verdict: Verdict, reads: Reads, risk: Risk) -> Self {
        Self {
            verdict,
            determining: Vec::new(),
            errors: Vec::new(),
            report_only: Vec::new(),
            risk,
            reasons: Vec::new(),
            remedies: Vec::new(),
            reads,
        }
    }

    /// What it came to.
    #[must_use]
    pub const fn outcome(&self) -> &Verdict {
        &self.verdict
    }

    /// What it came to, as the record names it.
    #[must_use]
    pub const fn kind(&self) -> Outcome {
        match self.verdict {
            Verdict::Permit(_) => Outcome::Permit,
            Verdict::Challenge(_) => Outcome::Challenge,
            Verdict::Deny(_) => Outcome::Deny,
        }
    }

    /// Whether it permits.
    #[must_use]
    pub const fn is_permit(&self) -> bool {
        matches!(self.verdict, Verdict::Permit(_))
    }

    /// The policies that determined it: the satisfied forbids, or else the satisfied permits.
    #[must_use]
    pub fn determining(&self) -> &[PolicyId] {
        &self.determining
    }

    /// The policies that failed to evaluate. One is enough for a denial.
    #[must_use]
    pub fn errors(&self) -> &[PolicyId] {
        &self.errors
    }

    /// The report-only policies that would have changed the answer.
    #[must_use]
    pub fn report_only(&self) -> &[PolicyId] {
        &self.report_only
    }

    /// The risk that was weighed.
    #[must_use]
    pub const fn risk(&self) -> &Risk {
        &self.risk
    }

    /// Why it does not permit; empty when it does.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The smallest sets of changes that would permit; empty when it permits or when nothing the subject can do helps.
    #[must_use]
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }

    /// Until when the answer stays what it is if no fact changes. The time of the decision itself when it read time in a
    /// way whose next change cannot be told; such answers must be asked again as time passes.
    #[must_use]
    pub const fn valid_until(&self) -> Timestamp {
        self.reads.until
    }

    /// The permit.
    ///
    /// # Errors
    /// The decision itself when it does not permit.
    pub fn into_permit(self) -> Result<Permit, Box<Self>> {
        match self.verdict {
            Verdict::Permit(permit) => Ok(permit),
            _ => Err(Box::new(self)),
        }
    }

    /// What the ledger keeps of it.
    #[must_use]
    pub fn to_record(&self, world: &World, request: &AccessRequest, now: Timestamp) -> DecisionRecord {
        let name = |handle| world.facts().interner().name(handle).to_string();
        let http = request.http();
        DecisionRecord {
            at: now,
            request: request.id().clone(),
            outcome: self.kind(),
            subject: Some(name(request.subject())),
            session: Some(request.session().id),
            device: request.device().known().map(|device| name(*device)),
            resource: Some(name(request.resource())),
            action: Some(request.action()),
            method: http.map(|http| http.method.to_string()),
            host: http.map(|http| http.host.to_string()),
            path: http.map(|http| http.path.to_string()),
            address: request.network().ip.to_string(),
            policies: self.determining.clone(),
            errors: self.errors.clone(),
            report_only: self.report_only.clone(),
            reasons: self.reasons.iter().map(|reason| reason.code.clone()).collect(),
            remedies: self.remedies.iter().map(|remedy| remedy.code.clone()).collect(),
            risk: self.risk.score,
            risk_parts: self.risk.contributions.iter().map(|part| (part.name.to_string(), part.share)).collect(),
            world: world.revision(),
        }
    }
}
