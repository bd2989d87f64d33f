//! A decision: what it came to, why, and for how long.

use std::sync::Arc;

use sekisho_model::facts::Handle;
use sekisho_model::{AccessRequest, DecisionRecord, Outcome, PolicyId, Timestamp, recorded_path};
use sekisho_policy_information::{Risk, World};
use sekisho_policy_language::Policies;

use crate::ask::Answer;
use crate::{Permit, Reason, Remedy, wording};

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
    /// The set that was asked. The answer names its policies by their places, which costs nothing until somebody reads them.
    policies: Arc<Policies>,
    pub(crate) answer: Answer,
    pub(crate) risk: Risk,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) remedies: Vec<Remedy>,
}

impl Decision {
    pub(crate) const fn new(verdict: Verdict, policies: Arc<Policies>, answer: Answer, risk: Risk) -> Self {
        Self { verdict, policies, answer, risk, reasons: Vec::new(), remedies: Vec::new() }
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
    pub fn determining(&self) -> Vec<PolicyId> {
        self.named(if self.answer.forbids.is_empty() { &self.answer.permits } else { &self.answer.forbids })
    }

    /// The policies that failed to evaluate. One is enough for a denial.
    #[must_use]
    pub fn errors(&self) -> Vec<PolicyId> {
        self.named(&self.answer.errors)
    }

    /// The report-only policies that would have changed the answer.
    #[must_use]
    pub fn report_only(&self) -> Vec<PolicyId> {
        self.named(&self.answer.report_only)
    }

    fn named(&self, places: &[u32]) -> Vec<PolicyId> {
        places.iter().filter_map(|place| self.policies.at(*place)).map(|meta| meta.id.clone()).collect()
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
        self.answer.reads.until
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
            subject: Some(world.subject_name(request.subject()).to_string()),
            session: Some(request.session().id),
            device: request.device().known().map(|device| name(*device)),
            failing_checks: request.device().known().map_or_else(Vec::new, |device| failing_checks(world, *device)),
            resource: Some(name(request.resource())),
            action: Some(request.action()),
            method: http.map(|http| http.method.to_string()),
            host: http.map(|http| http.host.to_string()),
            path: http.map(|http| recorded_path(&http.path).into_owned()),
            address: request.network().ip.to_string(),
            policies: self.determining(),
            errors: self.errors(),
            report_only: self.report_only(),
            reasons: self.reasons.iter().map(|reason| reason.code.clone()).collect(),
            remedies: self.remedies.iter().map(|remedy| remedy.code.clone()).collect(),
            risk: self.risk.score,
            risk_parts: self.risk.contributions.iter().map(|part| (part.name.to_string(), part.share)).collect(),
            world: world.revision(),
        }
    }
}

/// The names of the checks that a device fails.
fn failing_checks(world: &World, device: Handle) -> Vec<String> {
    wording::failing_of(world, device).map(ToString::to_string).collect()
}
