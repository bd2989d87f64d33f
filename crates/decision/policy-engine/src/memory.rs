//! Remembered answers: a permit stands for further requests that would be decided from exactly the same facts.
//!
//! An answer is a function of what was read to find it: the policies, the principal and the resource, other entities, slots
//! of `context`, and time up to [`Decision::valid_until`]. An entry keeps exactly these, and stands only while every one of
//! them is what it was. What nobody read may change freely, so a World that is published anew does not empty the memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sekisho_model::facts::{ContextSlot, Entity, Handle};
use sekisho_model::{AccessRequest, Action, RequestId, SessionId, Timestamp};
use sekisho_policy_information::{ProtectedApi, World};
use sekisho_policy_language::{Obligation, Policies};

use crate::called::Called;
use crate::case::Case;
use crate::situation::Situation;
use crate::value::{Kept, Value};
use crate::{Decision, Permit, Verdict};

/// The permits that one worker remembers. Bounded; those made first are forgotten first.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    entries: BTreeMap<Key, Vec<Entry>>,
    order: VecDeque<Key>,
}

/// How many answers of one session about one resource and action are kept: for policies that read the path, say.
const VARIANTS: usize = 4;

type Key = (SessionId, Handle, Action);

#[derive(Debug)]
struct Entry {
    policies: Arc<Policies>,
    principal: Option<Entity>,
    resource: Option<Entity>,
    others: Vec<(Handle, Option<Entity>)>,
    context: Vec<(ContextSlot, Option<Kept>)>,
    /// The devices whose posture was asked for, and whether it could be read.
    reports: Vec<(Handle, bool)>,
    /// The API that the request was an operation of.
    api: Option<Arc<ProtectedApi>>,
    from: Timestamp,
    until: Timestamp,
    obligations: Vec<Obligation>,
    decision: RequestId,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(4096)
    }
}

impl Memory {
    /// An empty memory for at most that many answers.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, entries: BTreeMap::new(), order: VecDeque::new() }
    }

    /// A permit for the request if one was remembered and everything it was decided from is the same in this World, with
    /// the request whose decision covers it.
    pub fn recall(
        &mut self,
        world: &Arc<World>,
        request: &AccessRequest,
        now: Timestamp,
    ) -> Option<(Permit, RequestId)> {
        if world.unreadable_kind().is_some() || asks_as_another(request) {
            return None;
        }
        let entries = self.entries.get(&key(request))?;
        let case = Case::new(world, request, now);
        let situation = case.situation();
        let entry = entries.iter().find(|entry| entry.stands(&case, &situation))?;
        // A subject or resource that stopped to exist is another entity than the one that was read, so the eligibility
        // that was checked then still holds.
        let permit = Permit::new(request.clone(), entry.obligations.clone(), world.revision());
        Some((permit, entry.decision.clone()))
    }

    /// Remembers a decision if it permits and holds for any time at all.
    pub fn remember(&mut self, world: &Arc<World>, request: &AccessRequest, decision: &Decision, now: Timestamp) {
        let Verdict::Permit(permit) = decision.outcome() else { return };
        if decision.valid_until() <= now || self.capacity == 0 || asks_as_another(request) {
            return;
        }
        let case = Case::new(world, request, now);
        let entry = Entry::new(&case, &case.situation(), permit, decision);
        let key = key(request);
        while self.order.len() >= self.capacity {
            let Some(oldest) = self.order.pop_front() else { break };
            self.entries.remove(&oldest);
        }
        let entries = self.entries.entry(key).or_insert_with(|| {
            self.order.push_back(key);
            Vec::with_capacity(1)
        });
        entries.retain(|entry| now < entry.until);
        if entries.len() >= VARIANTS {
            entries.remove(0);
        }
        entries.push(entry);
    }

    /// How many answers are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(Vec::len).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Entry {
    fn new(case: &Case<'_>, situation: &Situation<'_>, permit: &Permit, decision: &Decision) -> Self {
        let entity = |handle| case.world.facts().get(handle).cloned();
        let reads = &decision.answer.reads;
        Self {
            policies: Arc::clone(case.world.policies()),
            principal: entity(case.request.subject()),
            resource: entity(case.request.resource()),
            others: reads.entities.iter().map(|handle| (*handle, entity(*handle))).collect(),
            context: reads.slots().map(|slot| (slot, still(situation, slot).map(Value::keep))).collect(),
            reports: reads.reports.iter().map(|device| (*device, is_readable(case, situation, *device))).collect(),
            api: case.called.api().cloned(),
            from: case.now,
            until: decision.valid_until(),
            obligations: permit.obligations().to_vec(),
            decision: case.request.id().clone(),
        }
    }

    fn stands(&self, case: &Case<'_>, situation: &Situation<'_>) -> bool {
        let same = |handle, kept: &Option<Entity>| match (case.world.facts().get(handle), kept) {
            (Some(now), Some(then)) => now.is_same(then),
            (None, None) => true,
            _ => false,
        };
        // Time that runs backwards proves nothing.
        (self.from <= case.now && case.now < self.until)
            && case.now < case.request.session().expires_at
            && Arc::ptr_eq(&self.policies, case.world.policies())
            && is_of(case.called, self.api.as_ref())
            && same(case.request.subject(), &self.principal)
            && same(case.request.resource(), &self.resource)
            && self.others.iter().all(|(handle, kept)| same(*handle, kept))
            && self.reports.iter().all(|(device, read)| is_readable(case, situation, *device) == *read)
            && self.context.iter().all(|(slot, kept)| match (still(situation, *slot), kept) {
                (Some(now), Some(then)) => then.is(now),
                (None, None) => true,
                _ => false,
            })
    }
}

/// Whether a request is an operation of the same API, or of none where there was none. What is no operation is decided again.
fn is_of(called: Called<'_>, api: Option<&Arc<ProtectedApi>>) -> bool {
    match (called, api) {
        (Called::Free, None) => true,
        (Called::Operation(now, _), Some(then)) => Arc::ptr_eq(now, then),
        _ => false,
    }
}

/// The value of a slot without what only time adds to it: how time changes an answer is in `until`.
fn still<'a>(situation: &'a Situation<'_>, slot: ContextSlot) -> Option<Value<'a>> {
    match slot {
        ContextSlot::Now => None,
        ContextSlot::SessionAge => Some(Value::Datetime(situation.session.established_at.as_millis())),
        ContextSlot::SessionAuthAge => Some(Value::Datetime(situation.session.authenticated_at.as_millis())),
        other => situation.get(other),
    }
}

fn is_readable(case: &Case<'_>, situation: &Situation<'_>, device: Handle) -> bool {
    case.question(situation).reported_until(device).is_some()
}

/// Whether a request has a second method or path: what was decided of it is about two, and an entry is about one.
fn asks_as_another(request: &AccessRequest) -> bool {
    request.http().is_some_and(|http| http.asked_as.is_some() || http.destination.is_some())
}

fn key(request: &AccessRequest) -> Key {
    (request.session().id, request.resource(), request.action())
}
