//! Whether somebody may ask about a listed name: the policy engine's decision on the resource of each list, recorded before it counts.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sekisho_domain_names::{DomainName, Listing, Listings};
use sekisho_gateway::{Clock, new_request_id};
use sekisho_ledger::Ledger;
use sekisho_model::documents::NameAnswer;
use sekisho_model::facts::EntityType;
use sekisho_model::{AccessRequest, Action, Record, RequestParts, Timestamp};
use sekisho_policy_administrator::lease_holds;
use sekisho_policy_engine::{Memory, decide};
use sekisho_policy_information::World;
use tokio::sync::watch;

use crate::Asker;
use crate::answer::Instead;
use crate::budget::Budget;

/// The most permits that are remembered.
const MEMORY: usize = 16_384;

/// What decisions rest on, and where they are recorded.
#[derive(Clone)]
pub struct Grounds {
    /// The snapshot that decisions read.
    pub world: watch::Receiver<Arc<World>>,
    /// When the snapshot was last known to hold everything that is stored.
    pub control_plane_alive: watch::Receiver<Timestamp>,
    /// How old that may be.
    pub lease: Duration,
    /// The lists in force; `None` until they are known.
    pub listings: watch::Receiver<Option<Arc<Listings>>>,
    /// Where decisions are recorded.
    pub ledger: Ledger,
    /// The clock.
    pub clock: Clock,
}

/// Decides questions.
pub(crate) struct Decider {
    grounds: Grounds,
    memory: Mutex<Memory>,
    budget: Mutex<Budget>,
}

/// What follows from the lists for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passes {
    /// No list holds it: nothing was decided.
    Unlisted,
    /// The policies permit it.
    Permitted,
}

impl Decider {
    pub(crate) fn new(grounds: Grounds) -> Self {
        Self { grounds, memory: Mutex::new(Memory::new(MEMORY)), budget: Mutex::default() }
    }

    pub(crate) fn world(&self) -> Arc<World> {
        self.grounds.world.borrow().clone()
    }

    pub(crate) fn worlds(&self) -> watch::Receiver<Arc<World>> {
        self.grounds.world.clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.grounds.clock)()
    }

    /// Whether somebody may ask about a name.
    ///
    /// # Errors
    /// What is answered instead.
    pub(crate) async fn passes(&self, asker: &Asker, from: IpAddr, name: &DomainName) -> Result<Passes, Instead> {
        let now = self.now();
        // INVARIANT I-49: without the lists, or with facts older than their lease, nothing is known to be permitted.
        if !lease_holds(*self.grounds.control_plane_alive.borrow(), self.grounds.lease, now) {
            return Err(Instead::Undecided);
        }
        let listings = self.grounds.listings.borrow().clone().ok_or(Instead::Undecided)?;
        let holding = listings.holding(name).ok_or(Instead::Undecided)?;
        if holding.is_empty() {
            return Ok(Passes::Unlisted);
        }
        for listing in holding {
            // INVARIANT I-49: every list that holds the name must stand for a resource that the policies permit.
            self.decide(asker, from, name, listing, now).await?;
        }
        Ok(Passes::Permitted)
    }

    async fn decide(
        &self,
        asker: &Asker,
        from: IpAddr,
        name: &DomainName,
        listing: &Listing,
        now: Timestamp,
    ) -> Result<(), Instead> {
        let world = self.world();
        let Some(request) = request(asker, from, listing, &world, now) else {
            tracing::warn!(list = %listing.list, resource = %listing.resource, "a list stands for a resource that does not exist");
            return Err(denied(listing.answer, "the list stands for no resource"));
        };
        if self.memory.lock().unwrap_or_else(PoisonError::into_inner).recall(&world, &request, now).is_some() {
            return Ok(());
        }
        let decision = decide(world.policies(), &world, &request, now);
        let is_permit = decision.is_permit();
        if !is_permit && !self.budget.lock().unwrap_or_else(PoisonError::into_inner).has_room(request.session().id, now)
        {
            return Err(denied(listing.answer, "too many denials: this one has no record of its own"));
        }
        let mut record = decision.to_record(&world, &request, now);
        record.host = Some(name.to_string());
        // INVARIANT I-9: the decision is on the disk before its answer leaves, or there is no permit.
        if let Err(error) = self.grounds.ledger.append(Record::Decision(Box::new(record))).await {
            tracing::error!(%error, request = %request.id(), "a decision was not recorded, so it is a denial");
            return Err(Instead::Undecided);
        }
        if is_permit {
            self.memory.lock().unwrap_or_else(PoisonError::into_inner).remember(&world, &request, &decision, now);
            return Ok(());
        }
        Err(denied(listing.answer, &format!("denied by policy: decision {}", request.id())))
    }
}

fn denied(answer: NameAnswer, why: &str) -> Instead {
    Instead::Denied(answer, why.to_owned())
}

/// The access that the question is: to connect to what the list's names stand for.
fn request(asker: &Asker, from: IpAddr, listing: &Listing, world: &World, now: Timestamp) -> Option<AccessRequest> {
    let resource = world.facts().interner().lookup(EntityType::Resource, listing.resource.as_str())?;
    Some(AccessRequest::new(RequestParts {
        id: new_request_id(now),
        session: asker.session().clone(),
        device: *asker.device(),
        resource,
        action: Action::Connect,
        network: world.network(from),
        http: None,
    }))
}
