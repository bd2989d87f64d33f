//! Report-only: the decisions that were recorded, asked again under the policies in force and under the set with each draft.
//!
//! It comes after the answer, and has no way to it: what it finds is counted in a document that no decision reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_control_plane::AskedAgain;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::Kind;
use sekisho_model::{AccessRequest, Actor, DecisionRecord, Outcome, Record, Timestamp};
use sekisho_policy_engine::decide;
use sekisho_policy_information::World;
use sekisho_policy_language::Policies;
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::draft::{Draft, State};
use crate::failure::LifeCycleError;
use crate::life_cycle::LifeCycle;
use crate::report::{Difference, Report};

/// The code under which a difference is recorded, once for each row of a report.
const DIFFERS: &str = "policy-difference-found";
/// How many decisions are compared in one turn.
const MOST: usize = 4_096;
/// How often a report is written again after somebody else wrote it.
const ATTEMPTS: usize = 5;

/// What the task knows between its turns.
pub(crate) struct Comparing {
    life_cycle: LifeCycle,
    /// The newest decision that was seen; what an earlier process compared is not compared again.
    seen: Option<u64>,
    is_begun: bool,
    sets: BTreeMap<String, Loaded>,
}

/// A set with a draft in it, as long as neither changes.
struct Loaded {
    digest: String,
    now: Arc<Policies>,
    then: Arc<Policies>,
}

/// What one turn found about one draft.
#[derive(Default)]
struct Found {
    compared: u64,
    passed_over: u64,
    differences: Vec<Difference>,
}

impl Comparing {
    pub(crate) const fn new(life_cycle: LifeCycle) -> Self {
        Self { life_cycle, seen: None, is_begun: false, sets: BTreeMap::new() }
    }

    /// Compares the decisions that were recorded since the last turn.
    pub(crate) async fn turn(&mut self) -> Result<(), LifeCycleError> {
        // The decisions are read before the drafts: one that begins in between has none of them.
        let filter = Filter { kind: Some(EntryKind::Decision), after: self.seen, ..Filter::default() };
        let count = if self.is_begun { MOST } else { 1 };
        let records = self.life_cycle.control_plane.ledger.recent(count, filter).await;
        let newest = records.first().map(|(index, _)| *index);
        self.seen = newest.or(self.seen);
        if !std::mem::replace(&mut self.is_begun, true) || records.is_empty() {
            return Ok(());
        }
        let all = self.life_cycle.all().await?;
        let running: Vec<Draft> = all.into_iter().map(|stored| stored.draft).filter(is_running).collect();
        self.sets.retain(|id, _| running.iter().any(|draft| draft.id.as_str() == id));
        let is_full = records.len() >= MOST;
        let decisions: Vec<DecisionRecord> =
            records.into_iter().rev().filter_map(|(_, record)| decision(record)).collect();
        let mut outcome = Ok(());
        for draft in running {
            let compared = self.compare(&draft, &decisions, is_full).await;
            outcome = outcome.and(compared);
        }
        outcome
    }

    async fn compare(
        &mut self,
        draft: &Draft,
        decisions: &[DecisionRecord],
        is_full: bool,
    ) -> Result<(), LifeCycleError> {
        let State::ReportOnly { since } = draft.state else { return Ok(()) };
        let world = self.life_cycle.control_plane.world();
        let then = self.set(&world, draft).await?;
        let mut found = Found { passed_over: u64::from(is_full), ..Found::default() };
        for record in decisions.iter().filter(|record| since <= record.at) {
            let Some(again) = AskedAgain::of(&world, record).ok().filter(|again| again.knows_session) else {
                found.passed_over += 1;
                continue;
            };
            found.compared += 1;
            if let Some((now, then)) = differs(&world, world.policies(), &then, again.request(), record.at) {
                found.differences.push(difference(record, now, then));
            }
        }
        if found.compared == 0 && found.passed_over == 0 {
            return Ok(());
        }
        for row in self.count(draft, &found).await? {
            self.tell(draft, &row).await?;
        }
        Ok(())
    }

    /// The set with a draft in it, loaded again when the draft or the policies in force changed.
    async fn set(&mut self, world: &World, draft: &Draft) -> Result<Arc<Policies>, LifeCycleError> {
        let (id, digest) = (draft.id.to_string(), draft.digest());
        if let Some(loaded) = self.sets.get(&id)
            && loaded.digest == digest
            && Arc::ptr_eq(&loaded.now, world.policies())
        {
            return Ok(Arc::clone(&loaded.then));
        }
        let then = self.life_cycle.with_draft(world, draft).await?;
        self.sets.insert(id, Loaded { digest, now: Arc::clone(world.policies()), then: Arc::clone(&then) });
        Ok(then)
    }

    /// Adds what was found to the report. Returns what has a new row.
    async fn count(&self, draft: &Draft, found: &Found) -> Result<Vec<Difference>, LifeCycleError> {
        let (store, changes) = (&self.life_cycle.control_plane.store, self.life_cycle.changes());
        let mut outcome = Err(LifeCycleError::Changed);
        for _ in 0..ATTEMPTS {
            let document = store.get(Kind::PolicyDraftReport, draft.id.as_str()).await?;
            let expected = document.as_ref().map_or(Expected::New, |document| Expected::Revision(document.revision));
            let before: Option<Report> = document.and_then(|document| serde_json::from_value(document.body).ok());
            let digest = draft.digest();
            let mut report = before.filter(|before| before.digest == digest).unwrap_or_else(|| Report::of(digest));
            report.compared = report.compared.saturating_add(found.compared);
            report.passed_over = report.passed_over.saturating_add(found.passed_over);
            let new: Vec<Difference> = found.differences.iter().filter(|seen| report.add(seen)).cloned().collect();
            let body = serde_json::to_value(&report).map_err(|error| LifeCycleError::Failed(error.to_string()))?;
            let write = Write::Put { kind: Kind::PolicyDraftReport, id: draft.id.to_string(), expected, body };
            let written = changes.maintain(vec![write], self.life_cycle.control_plane.clock.now()).await;
            outcome = written.map(|_| new).map_err(LifeCycleError::from);
            if !matches!(outcome, Err(LifeCycleError::Changed)) {
                break;
            }
        }
        outcome
    }

    /// Records a difference that has a row now: from the record it becomes an event.
    async fn tell(&self, draft: &Draft, row: &Difference) -> Result<(), LifeCycleError> {
        let title = format!("the draft {} would {} where {} is answered", draft.id, word(row.then), word(row.now));
        let detail = json!({ "title": title, "level": "informational", "policy": draft.policy, "user": row.subject,
            "resource": row.resource, "action": row.action, "now": row.now, "then": row.then, "request": row.request });
        let target = format!("{}/{}", Kind::PolicyDraft, draft.id);
        let change = self.life_cycle.changes().begin(Actor::System, DIFFERS, target).detail(detail);
        Ok(change.note(self.life_cycle.control_plane.clock.now()).await?)
    }
}

/// What a request comes to under both sets, where the one permits it and the other does not. Pure: nothing that answers anybody hears of it.
// INVARIANT I-75: a draft in report-only is asked after the answer, and nothing of it reaches a decision.
pub(crate) fn differs(
    world: &World,
    now: &Arc<Policies>,
    then: &Arc<Policies>,
    request: &AccessRequest,
    at: Timestamp,
) -> Option<(Outcome, Outcome)> {
    let outcome = |policies| decide(policies, world, request, at).kind();
    let (now, then) = (outcome(now), outcome(then));
    ((now == Outcome::Permit) != (then == Outcome::Permit)).then_some((now, then))
}

fn is_running(draft: &Draft) -> bool {
    matches!(draft.state, State::ReportOnly { .. })
}

fn decision(record: Record) -> Option<DecisionRecord> {
    match record {
        Record::Decision(decision) => Some(*decision),
        _ => None,
    }
}

fn difference(record: &DecisionRecord, now: Outcome, then: Outcome) -> Difference {
    Difference {
        subject: record.subject.clone().unwrap_or_default(),
        resource: record.resource.clone().unwrap_or_default(),
        action: record.action.map(|action| action.name().to_owned()).unwrap_or_default(),
        now,
        then,
        count: 1,
        first: record.at,
        last: record.at,
        request: record.request.as_str().to_owned(),
    }
}

/// An outcome in a sentence.
const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Permit => "permit",
        Outcome::Challenge => "challenge",
        Outcome::Deny => "deny",
    }
}
