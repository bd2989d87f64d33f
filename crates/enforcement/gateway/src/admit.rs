//! The decision on a request: remembered or made anew, checked, recorded.
//!
//! Step 8 of the life of a request; next: `crates/decision/policy-engine/src/decide.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_model::documents::Resource;
use sekisho_model::{AccessRequest, Record, RequestId, Timestamp};
use sekisho_policy_enforcement::{Explanation, ReasonView, Refusal, RemedyView};
use sekisho_policy_engine::{Decision, Permit, Step, Verdict, decide, shadow};
use sekisho_policy_information::World;

use crate::worker::Worker;

/// A permitted request.
pub(crate) struct Admitted {
    pub(crate) permit: Permit,
    /// Until when the answer stays the same if no fact changes.
    pub(crate) valid_until: Timestamp,
    /// The request whose recorded decision covers this one.
    pub(crate) decision: RequestId,
    /// Why, as stable codes; none for a remembered decision.
    pub(crate) reasons: Vec<String>,
}

/// Decides a request, and records the decision before anybody acts on it.
pub(crate) async fn admit(
    worker: &Worker,
    resource: &Arc<Resource>,
    request: &AccessRequest,
    world: &Arc<World>,
) -> Result<Admitted, Refusal> {
    let now = worker.now();
    if !worker.lease_holds(now) {
        return Err(Refusal::WorldExpired);
    }
    if let Some((permit, decision)) = worker.memory.borrow_mut().recall(world, request, now) {
        // INVARIANT I-9: a remembered decision covers a request only while the request can be recorded.
        return if worker.access_is_taken() {
            worker.meter.borrow_mut().decision(&resource.id, "permit", "remembered");
            Ok(Admitted { permit, valid_until: now, decision, reasons: Vec::new() })
        } else {
            Err(Refusal::NotRecorded)
        };
    }
    let began = Instant::now();
    let decision = decide(world.policies(), world, request, now);
    count(worker, resource, &decision, began.elapsed());
    let disputed = is_disputed(worker, world, request, &decision, now);
    if !decision.is_permit()
        && !worker.denials.borrow_mut().are_few(request.session().id, now, worker.shared.config.denials_per_session)
    {
        // Still a denial, of which nothing goes on; it is counted with others instead of recorded by itself.
        return Err(Refusal::TooManyDenials(resource.clone()));
    }
    let record = Record::Decision(Box::new(decision.to_record(world, request, now)));
    let began = Instant::now();
    // INVARIANT I-9: the decision is on the disk before its answer leaves, or there is no permit.
    if let Err(error) = worker.shared.ledger.append(record).await {
        tracing::error!(%error, request = %request.id(), "a decision was not recorded, so it is a denial");
        return Err(Refusal::NotRecorded);
    }
    worker.meter.borrow_mut().record.note(began.elapsed());
    if disputed {
        return Err(Refusal::Disputed);
    }
    worker.memory.borrow_mut().remember(world, request, &decision, now);
    let valid_until = decision.valid_until();
    let reasons = decision.reasons().iter().map(|reason| reason.code.clone()).collect();
    match decision.into_permit() {
        Ok(permit) => Ok(Admitted { permit, valid_until, decision: request.id().clone(), reasons }),
        Err(decision) => Err(refusal(worker, resource.clone(), &decision)),
    }
}

/// Counts a decision by its outcome and its first reason.
fn count(worker: &Worker, resource: &Resource, decision: &Decision, took: Duration) {
    let outcome = match decision.outcome() {
        Verdict::Permit(_) => "permit",
        Verdict::Challenge(_) => "challenge",
        Verdict::Deny(_) => "deny",
    };
    let reason = decision.reasons().first().map_or("none", |reason| reason.code.as_str());
    let mut meter = worker.meter.borrow_mut();
    meter.decision(&resource.id, outcome, reason);
    meter.decide.note(took);
}

/// Asks the reference evaluator about a sample of the decisions.
fn is_disputed(worker: &Worker, world: &World, request: &AccessRequest, decision: &Decision, now: Timestamp) -> bool {
    let every = worker.shared.tuning.shadow_every();
    let turn = worker.shadow_turn.get();
    worker.shadow_turn.set(if turn + 1 >= every { 0 } else { turn + 1 });
    if every == 0 || turn != 0 {
        return false;
    }
    // INVARIANT I-19: where two evaluators disagree, nobody is let through.
    match shadow::agrees(world.policies(), world, request, decision, now) {
        Ok(()) => false,
        Err(disagreement) => {
            tracing::error!(%disagreement, request = %request.id(), "the shadow check disagrees, so it is a denial");
            true
        }
    }
}

fn refusal(worker: &Worker, resource: Arc<Resource>, decision: &Decision) -> Refusal {
    let devices = |steps: &[Step]| steps.contains(&Step::ProveDevice).then(|| worker.shared.devices_page());
    let explanation = Explanation {
        reasons: decision
            .reasons()
            .iter()
            .map(|reason| ReasonView { code: reason.code.clone(), text: reason.text.clone() })
            .collect(),
        remedies: decision
            .remedies()
            .iter()
            .map(|remedy| RemedyView {
                code: remedy.code.clone(),
                text: remedy.text.clone(),
                url: devices(&remedy.steps),
            })
            .collect(),
    };
    match decision.outcome() {
        Verdict::Challenge(_) => Refusal::Challenged(resource, explanation),
        Verdict::Permit(_) | Verdict::Deny(_) => Refusal::Denied(resource, explanation),
    }
}
