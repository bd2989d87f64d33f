//! Events from entries of the ledger, and what decisions said that later entries refer to.

use std::collections::{HashMap, VecDeque};

use sekisho_ledger::Ledger;
use sekisho_model::{AccessEvent, DecisionRecord, Outcome, Record, RequestId};

use crate::{Event, Position, ocsf};

/// How many decisions are remembered for the accesses and ends that refer to them. Others are looked up in the ledger.
const REMEMBERED: usize = 16_384;

/// What a decision said, for what it opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) person: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) outcome: Outcome,
}

impl Opened {
    fn by(decision: &DecisionRecord) -> Self {
        Self {
            person: decision.subject.clone(),
            device: decision.device.clone(),
            resource: decision.resource.clone(),
            address: Some(decision.address.clone()),
            session: decision.session.map(|session| session.to_string()),
            outcome: decision.outcome,
        }
    }
}

/// The event of an entry by itself, without what an earlier decision said; `None` for a seal.
#[must_use]
pub fn event_of(entry: u64, record: &Record) -> Option<Event> {
    match record {
        Record::Decision(decision) => Some(ocsf::decision(entry, decision)),
        Record::StreamEnd(end) => Some(ocsf::end(entry, end, None)),
        Record::Act(act) => Some(ocsf::act(entry, act)),
        Record::Seal { .. } => None,
    }
}

/// The event of an access that this decision covers.
#[must_use]
pub fn event_of_access(position: Position, access: &AccessEvent, decision: &DecisionRecord) -> Event {
    ocsf::access(position, access, Some(&Opened::by(decision)))
}

/// Makes events.
#[derive(Debug)]
pub(crate) struct Making {
    ledger: Ledger,
    opened: HashMap<RequestId, Opened>,
    order: VecDeque<RequestId>,
}

impl Making {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, opened: HashMap::new(), order: VecDeque::new() }
    }

    /// The event of an entry; `None` for a seal, whose accesses are events.
    pub(crate) async fn of_entry(&mut self, entry: u64, record: &Record) -> Option<Event> {
        match record {
            Record::Decision(decision) => {
                self.remember(decision);
                Some(ocsf::decision(entry, decision))
            }
            Record::StreamEnd(end) => {
                self.look_up(&end.request).await;
                Some(ocsf::end(entry, end, self.opened.get(&end.request)))
            }
            Record::Act(act) => Some(ocsf::act(entry, act)),
            Record::Seal { .. } => None,
        }
    }

    /// The event of an access; `None` for a request that was refused by its own decision, which is an event already.
    pub(crate) async fn of_access(&mut self, position: Position, access: &AccessEvent) -> Option<Event> {
        self.look_up(&access.decision).await;
        let opened = self.opened.get(&access.decision);
        let is_told =
            access.request == access.decision && opened.is_some_and(|opened| opened.outcome != Outcome::Permit);
        (!is_told).then(|| ocsf::access(position, access, opened))
    }

    async fn look_up(&mut self, request: &RequestId) {
        if !self.opened.contains_key(request)
            && let Some((_, decision)) = self.ledger.find_decision(request.as_str()).await
        {
            self.remember(&decision);
        }
    }

    fn remember(&mut self, decision: &DecisionRecord) {
        let opened = Opened::by(decision);
        if self.opened.insert(decision.request.clone(), opened).is_none() {
            self.order.push_back(decision.request.clone());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.opened.remove(&oldest);
        }
    }
}
