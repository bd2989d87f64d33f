//! The decision on a request: remembered or made now, checked, recorded.
//!
//! Step 8 of the life of a request; next: `crates/decision/policy-engine/src/decide.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_model::documents::Resource;
use sekisho_model::{AccessRequest, Record, RequestId, Timestamp};
use sekisho_policy_enforcement::{Explanation, ReasonView, Refusal, RemedyView};
use sekisho_policy_engine::{Decision, Memory, Permit, Step, Verdict, decide, shadow};
use sekisho_policy_information::World;

use crate::current_world::CurrentWorld;
use crate::denials::Denials;
use crate::meter::Meter;
use crate::recorder::Recorder;
use crate::tuning::Tuning;

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

/// Decides for one worker.
pub(crate) struct Decider {
    current: Rc<CurrentWorld>,
    recorder: Rc<Recorder>,
    meter: Meter,
    tuning: Arc<Tuning>,
    memory: RefCell<Memory>,
    denials: RefCell<Denials>,
    denials_per_session: u32,
    shadow_turn: Cell<u32>,
    /// The portal's origin: a remedy leads to the page where people prove their device, or request access.
    portal: String,
}

impl Decider {
    /// `memory` is how many answers are remembered, `denials_per_session` how many denials of one session in a second have a
    /// record of their own.
    pub(crate) fn new(
        current: Rc<CurrentWorld>,
        recorder: Rc<Recorder>,
        meter: Meter,
        tuning: Arc<Tuning>,
        memory: usize,
        denials_per_session: u32,
        portal: String,
    ) -> Self {
        Self {
            current,
            recorder,
            meter,
            tuning,
            memory: RefCell::new(Memory::new(memory)),
            denials: RefCell::default(),
            denials_per_session,
            shadow_turn: Cell::new(0),
            portal,
        }
    }

    /// Forgets the sessions that were denied nothing lately.
    pub(crate) fn forget_denials(&self, now: Timestamp) {
        self.denials.borrow_mut().forget_the_calm(now);
    }

    /// Decides a request, and records the decision before anybody acts on it.
    pub(crate) async fn admit(
        &self,
        resource: &Arc<Resource>,
        request: &AccessRequest,
        world: &Arc<World>,
    ) -> Result<Admitted, Refusal> {
        let now = self.current.now();
        if !self.current.lease_holds(now) {
            return Err(Refusal::WorldExpired);
        }
        if let Some((permit, decision)) = self.memory.borrow_mut().recall(world, request, now) {
            // INVARIANT I-9: a remembered decision covers a request only while the request can be recorded.
            return if self.recorder.access_is_taken() {
                self.meter.borrow_mut().decision(&resource.id, "permit", "remembered");
                Ok(Admitted { permit, valid_until: now, decision, reasons: Vec::new() })
            } else {
                Err(Refusal::NotRecorded)
            };
        }
        let began = Instant::now();
        let decision = decide(world.policies(), world, request, now);
        self.count(resource, &decision, began.elapsed());
        let disputed = self.is_disputed(world, request, &decision, now);
        if !decision.is_permit()
            && !self.denials.borrow_mut().are_few(request.session().id, now, self.denials_per_session)
        {
            // Still a denial, of which nothing goes on; it is counted with others instead of recorded by itself.
            return Err(Refusal::TooManyDenials(resource.clone()));
        }
        let record = Record::Decision(Box::new(decision.to_record(world, request, now)));
        let began = Instant::now();
        // INVARIANT I-9: the decision is on the disk before its answer leaves, or there is no permit.
        if let Err(error) = self.recorder.append(record).await {
            tracing::error!(%error, request = %request.id(), "a decision was not recorded, so it is a denial");
            return Err(Refusal::NotRecorded);
        }
        self.meter.borrow_mut().record.note(began.elapsed());
        if disputed {
            return Err(Refusal::Disputed);
        }
        self.memory.borrow_mut().remember(world, request, &decision, now);
        let valid_until = decision.valid_until();
        let reasons = decision.reasons().iter().map(|reason| reason.code.clone()).collect();
        match decision.into_permit() {
            Ok(permit) => Ok(Admitted { permit, valid_until, decision: request.id().clone(), reasons }),
            Err(decision) => {
                let person = world.display_name(request.session().subject).to_string();
                Err(self.refusal(resource.clone(), &decision, Some(person)))
            }
        }
    }

    /// Counts a decision by its outcome and its first reason.
    fn count(&self, resource: &Resource, decision: &Decision, took: Duration) {
        let outcome = match decision.outcome() {
            Verdict::Permit(_) => "permit",
            Verdict::Challenge(_) => "challenge",
            Verdict::Deny(_) => "deny",
        };
        let reason = decision.reasons().first().map_or("none", |reason| reason.code.as_str());
        let mut meter = self.meter.borrow_mut();
        meter.decision(&resource.id, outcome, reason);
        meter.decide.note(took);
    }

    /// Asks the reference evaluator about a sample of the decisions.
    fn is_disputed(&self, world: &World, request: &AccessRequest, decision: &Decision, now: Timestamp) -> bool {
        let every = self.tuning.shadow_every();
        let turn = self.shadow_turn.get();
        self.shadow_turn.set(if turn + 1 >= every { 0 } else { turn + 1 });
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

    fn refusal(&self, resource: Arc<Resource>, decision: &Decision, person: Option<String>) -> Refusal {
        let helps = |steps: &[Step]| match steps {
            steps if steps.contains(&Step::ProveDevice) => Some(format!("{}/devices", self.portal)),
            steps if steps.contains(&Step::Grant) => Some(format!("{}/request/{}", self.portal, resource.id)),
            _ => None,
        };
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
                    url: helps(&remedy.steps),
                })
                .collect(),
            person,
        };
        match decision.outcome() {
            Verdict::Challenge(_) => Refusal::Challenged(resource, explanation),
            Verdict::Permit(_) | Verdict::Deny(_) => Refusal::Denied(resource, explanation),
        }
    }
}
