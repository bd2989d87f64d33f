//! A decision in words: what the record holds as codes, and whether the record itself is in the log.

use sekisho_ledger::{Checkpoint, EntryKind, Filter};
use sekisho_model::{DecisionRecord, Record, RequestId, Timestamp};
use sekisho_policy_information::trust;

use crate::verdict::Verdict;
use crate::visit::Visit;
use crate::{access, messages, wording};

/// The most ends of one request that are shown. There is one, as a rule.
const MOST_ENDS: usize = 16;

/// What the page of a decision says beside the record's own fields.
pub(super) struct Explanation {
    pub(super) verdict: Verdict,
    pub(super) resource: Option<String>,
    /// What was asked for: the key of its text, and its name in policies.
    pub(super) action: Option<(&'static str, &'static str)>,
    pub(super) reasons: Vec<String>,
    pub(super) remedies: Vec<String>,
    pub(super) policies: Vec<PolicyLine>,
    pub(super) errors: Vec<PolicyLine>,
    pub(super) report_only: Vec<PolicyLine>,
    pub(super) risk_parts: Vec<(String, u8)>,
    pub(super) ends: Vec<End>,
    pub(super) index: u64,
    pub(super) proof: Option<Proof>,
}

impl Explanation {
    /// Whether any policy had a part in it.
    pub(super) const fn names_policies(&self) -> bool {
        !(self.policies.is_empty() && self.errors.is_empty() && self.report_only.is_empty())
    }
}

/// A policy that had a part in the decision.
pub(super) struct PolicyLine {
    pub(super) id: String,
    pub(super) reason: Option<String>,
    /// Whether it is still in force, so that there is a page to lead to.
    pub(super) in_force: bool,
}

/// How something that the request had opened came to its end.
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) reason: String,
    /// For a cut: how long after the fact that ended the permission, and in which World.
    pub(super) cut: Option<String>,
    pub(super) index: u64,
}

/// That the record is in the log.
pub(super) struct Proof {
    pub(super) holds: bool,
    pub(super) size: u64,
}

/// Explains a decision.
pub(super) async fn of(visit: &Visit, index: u64, decision: &DecisionRecord) -> Explanation {
    let said = |codes: &[String]| -> Vec<String> {
        codes.iter().map(|code| wording::code(&visit.world, code, visit.language)).collect()
    };
    let policies = |ids: &[sekisho_model::PolicyId]| ids.iter().map(|id| policy(visit, id)).collect();
    let risk = |(name, share): &(String, u8)| (trust::describe(name).in_language(visit.language).to_owned(), *share);
    Explanation {
        verdict: Verdict(decision.outcome),
        resource: decision
            .resource
            .as_deref()
            .and_then(|id| access::resource(visit, id).map(|one| one.name.in_language(visit.language).to_owned())),
        action: decision.action.map(|action| (wording::action(action), action.name())),
        reasons: said(&decision.reasons),
        remedies: said(&decision.remedies),
        policies: policies(&decision.policies),
        errors: policies(&decision.errors),
        report_only: policies(&decision.report_only),
        risk_parts: decision.risk_parts.iter().map(risk).collect(),
        ends: ends(visit, &decision.request).await,
        index,
        proof: proof(visit, index).await,
    }
}

/// The ends of what the request had opened, newest first.
async fn ends(visit: &Visit, request: &RequestId) -> Vec<End> {
    let filter = Filter { kind: Some(EntryKind::StreamEnd), request: Some(request.clone()), ..Filter::default() };
    let found = visit.state.ledger.recent(MOST_ENDS, filter).await;
    let end = |(index, record)| match record {
        Record::StreamEnd(end) => Some(End {
            at: end.at,
            reason: wording::code(&visit.world, &end.reason, visit.language),
            cut: end.delay_ms.map(|delay| {
                let values = [("delay", delay.to_string()), ("world", end.world.to_string())];
                messages::say_all(visit.language, "cut-after", &values)
            }),
            index,
        }),
        _ => None,
    };
    found.into_iter().filter_map(end).collect()
}

fn policy(visit: &Visit, id: &sekisho_model::PolicyId) -> PolicyLine {
    let meta = visit.world.policies().meta(id);
    PolicyLine {
        id: id.to_string(),
        reason: meta.and_then(|meta| meta.reason.as_ref()).map(|reason| reason.in_language(visit.language).to_owned()),
        in_force: meta.is_some(),
    }
}

/// The log's own proof that the entry is in it, checked here against the signed checkpoint that it names.
async fn proof(visit: &Visit, index: u64) -> Option<Proof> {
    let ledger = &visit.state.ledger;
    let proof = ledger.prove(index).await.ok()?;
    let checkpoint = Checkpoint::open(&proof.checkpoint, ledger.public_key()).ok()?;
    Some(Proof { holds: proof.verify(&checkpoint), size: checkpoint.size })
}
