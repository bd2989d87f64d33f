//! Asks the policy engine whether somebody may do an act: one question for the pages, the API and whatever comes after them.

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{
    AccessRequest, Action, Evidence, HttpFacts, RequestId, RequestParts, SessionFacts, Timestamp, UserId,
};
use sekisho_policy_engine::{Decision, Verdict, decide};
use sekisho_policy_information::World;

use crate::{ActSpec, CONSOLE, demand};

/// The session, device, address and time of a request.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    /// The snapshot that the decision reads.
    pub world: &'a World,
    /// The session that asks.
    pub session: &'a Arc<SessionFacts>,
    /// The device that is proven in it.
    pub device: Evidence<Handle>,
    /// The address that the request came from.
    pub address: IpAddr,
    /// The request's identifier.
    pub request: &'a RequestId,
    /// The HTTP request, where there is one.
    pub http: Option<HttpFacts>,
    /// The time.
    pub now: Timestamp,
}

impl Asking<'_> {
    /// The access request for an action on a resource.
    #[must_use]
    pub fn to(&self, action: Action, resource: Handle) -> AccessRequest {
        AccessRequest::new(RequestParts {
            id: RequestId::clone(self.request),
            session: Arc::clone(self.session),
            device: self.device,
            resource,
            action,
            network: self.world.network(self.address),
            http: self.http.clone(),
        })
    }

    /// Decides an action on a resource. The caller records the decision.
    #[must_use]
    pub fn decide(&self, action: Action, resource: Handle) -> (AccessRequest, Decision) {
        let request = self.to(action, resource);
        let decision = decide(self.world.policies(), self.world, &request, self.now);
        (request, decision)
    }

    /// Decides an act. The caller records the decision. `about` is the person whom the act changes, if any.
    ///
    /// The part of the platform is asked about first. Somebody who may administer the console as a whole may do every act: so it is with
    /// policies that were written before the platform had parts. To read the console alone gives no more than its first page.
    ///
    /// Returns `None` when neither the part nor the console is a resource: then nobody may do it.
    #[must_use]
    pub fn decide_act(&self, act: &ActSpec, about: Option<&UserId>) -> Option<(AccessRequest, Decision)> {
        let demand = demand(self.world, act, about, self.now);
        let of_part = self.resource(demand.part.resource()).map(|part| self.decide(demand.action, part));
        if of_part.as_ref().is_some_and(|(_, decision)| matches!(decision.outcome(), Verdict::Permit(_))) {
            return of_part;
        }
        let of_console = self.resource(CONSOLE).map(|console| self.decide(Action::Administer, console));
        let prefers_console =
            |of_part: &Decision, of_console: &Decision| match (of_part.outcome(), of_console.outcome()) {
                (_, Verdict::Permit(_)) => true,
                // A stronger sign-in would do for the console, and nothing would for the part.
                (Verdict::Deny(_), Verdict::Challenge(_)) => true,
                _ => false,
            };
        match (of_part, of_console) {
            (Some(part), Some(console)) if prefers_console(&part.1, &console.1) => Some(console),
            (Some(part), _) => Some(part),
            (None, console) => console,
        }
    }

    fn resource(&self, id: &str) -> Option<Handle> {
        self.world.facts().find(EntityType::Resource, id)
    }
}
