//! A decision in words: what the record holds as codes, and whether the record itself is in the log.

use sekisho_ledger::Checkpoint;
use sekisho_model::DecisionRecord;
use sekisho_web::verdict::Verdict;
use sekisho_web::{access, wording};

use crate::Context;

/// What the page of a decision says beside the record's own fields.
pub(crate) struct Explanation {
    pub(crate) verdict: Verdict,
    pub(crate) resource: Option<String>,
    /// What was asked for: the key of its text, and its name in policies.
    pub(crate) action: Option<(&'static str, &'static str)>,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<String>,
    pub(crate) policies: Vec<PolicyLine>,
    pub(crate) errors: Vec<PolicyLine>,
    pub(crate) report_only: Vec<PolicyLine>,
    pub(crate) risk_parts: Vec<(String, u8)>,
    pub(crate) index: u64,
    pub(crate) proof: Option<Proof>,
}

impl Explanation {
    /// Whether any policy had a part in it.
    pub(crate) const fn names_policies(&self) -> bool {
        !(self.policies.is_empty() && self.errors.is_empty() && self.report_only.is_empty())
    }
}

/// A policy that had a part in the decision.
pub(crate) struct PolicyLine {
    pub(crate) id: String,
    pub(crate) reason: Option<String>,
    /// Whether it is still in force, so that there is a page to lead to.
    pub(crate) in_force: bool,
}

/// That the record is in the log.
pub(crate) struct Proof {
    pub(crate) holds: bool,
    pub(crate) size: u64,
}

/// The code that says that no policy permits. Employees read whom to ask; who administers is asked by nobody.
const NO_POLICY: &str = "no-policy-permits";

/// The text of a reason or a remedy for those who administer.
pub(crate) fn text(context: &Context, code: &str) -> String {
    match code {
        NO_POLICY => context.say("reason-no-policy-permits"),
        code => wording::code(&context.world, code, context.language),
    }
}

/// Explains a decision.
pub(crate) async fn of(context: &Context, index: u64, decision: &DecisionRecord) -> Explanation {
    let said = |codes: &[String]| -> Vec<String> {
        let says_more = |code: &&String| codes.len() == 1 || code.as_str() != NO_POLICY;
        codes.iter().filter(says_more).map(|code| text(context, code)).collect()
    };
    let policies = |ids: &[sekisho_model::PolicyId]| ids.iter().map(|id| policy(context, id)).collect();
    let risk = |(name, share): &(String, u8)| (wording::signal(name, context.language), *share);
    Explanation {
        verdict: Verdict(decision.outcome),
        resource: decision
            .resource
            .as_deref()
            .and_then(|id| access::resource(context, id).map(|one| one.name.in_language(context.language).to_owned())),
        action: decision.action.map(|action| (wording::action(action), action.name())),
        reasons: said(&decision.reasons),
        remedies: said(&decision.remedies),
        policies: policies(&decision.policies),
        errors: policies(&decision.errors),
        report_only: policies(&decision.report_only),
        risk_parts: decision.risk_parts.iter().map(risk).collect(),
        index,
        proof: proof(context, index).await,
    }
}

fn policy(context: &Context, id: &sekisho_model::PolicyId) -> PolicyLine {
    let meta = context.world.policies().meta(id);
    PolicyLine {
        id: id.to_string(),
        reason: meta
            .and_then(|meta| meta.reason.as_ref())
            .map(|reason| reason.in_language(context.language).to_owned()),
        in_force: meta.is_some(),
    }
}

/// The log's own proof that the entry is in it, checked here against the signed checkpoint that it names.
async fn proof(context: &Context, index: u64) -> Option<Proof> {
    let ledger = &context.site.ledger;
    let proof = ledger.prove(index).await.ok()?;
    let checkpoint = Checkpoint::open(&proof.checkpoint, ledger.public_key()).ok()?;
    Some(Proof { holds: proof.verify(&checkpoint), size: checkpoint.size })
}
