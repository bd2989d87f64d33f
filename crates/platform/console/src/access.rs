//! Questions to the policy engine: what a person may open, and whether they may enter the console.

use std::sync::Arc;

use arcstr::ArcStr;
use http::Method;
use sekisho_model::documents::Resource;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{AccessRequest, Action, Evidence, Host, HttpFacts, Record, RequestId, RequestParts};
use sekisho_policy_engine::{Decision, Verdict, decide};

use crate::onward::Onward;
use crate::problem::Problem;
use crate::visit::{Person, Visit};

/// The resource that the console is to policies.
pub(crate) const CONSOLE: &str = "sekisho-console";

/// The console as the World knows it; nobody enters one that is not configured.
pub(crate) fn console(visit: &Visit) -> Option<Handle> {
    visit.world.facts().find(EntityType::Resource, CONSOLE)
}

/// What the engine says of this person and a resource, now. Nothing is recorded: it is for showing, not for carrying out.
pub(crate) fn preview(visit: &Visit, person: &Person, resource: Handle, action: Action) -> Decision {
    let request = question(visit, person, resource, action, None);
    decide(visit.world.policies(), &visit.world, &request, visit.now)
}

/// What the engine says of this very request to the console, recorded before anybody learns it.
pub(crate) async fn enter_console(
    visit: &Visit,
    person: &Person,
    action: Action,
    method: &Method,
) -> Result<Decision, Problem> {
    let console = console(visit).ok_or(Problem::NoConsole)?;
    let path = visit.path.split('?').next().unwrap_or_default();
    let http = HttpFacts {
        method: ArcStr::from(method.as_str()),
        path: ArcStr::from(path),
        host: Host::clone(&visit.state.portal),
    };
    let request = question(visit, person, console, action, Some(http));
    let decision = decide(visit.world.policies(), &visit.world, &request, visit.now);
    let record = decision.to_record(&visit.world, &request, visit.now);
    visit.state.ledger.append(Record::Decision(Box::new(record))).await.map_err(|error| {
        tracing::error!(%error, "a decision could not be recorded");
        Problem::Unavailable
    })?;
    Ok(decision)
}

/// Whether the way to the console is shown: where it would open, now or after a stronger sign-in.
pub(crate) fn sees_console(visit: &Visit) -> bool {
    let (Some(person), Some(console)) = (&visit.person, console(visit)) else { return false };
    !matches!(preview(visit, person, console, Action::Read).outcome(), Verdict::Deny(_))
}

fn question(
    visit: &Visit,
    person: &Person,
    resource: Handle,
    action: Action,
    http: Option<HttpFacts>,
) -> AccessRequest {
    AccessRequest::new(RequestParts {
        id: RequestId::clone(&visit.peer.request),
        session: Arc::clone(&person.session),
        device: device(visit, person),
        resource,
        action,
        network: visit.world.network(visit.peer.address.ip()),
        http,
    })
}

/// The device of this visit: the one whose certificate the connection showed, or the one that proved itself in the session.
pub(crate) fn device(visit: &Visit, person: &Person) -> Evidence<Handle> {
    visit.world.device_of(visit.peer.device.as_ref(), &person.session, visit.now)
}

/// A resource by its identifier.
pub(crate) fn resource<'a>(visit: &'a Visit, id: &str) -> Option<&'a Arc<Resource>> {
    let handle = visit.world.facts().find(EntityType::Resource, id)?;
    visit.world.resource(handle)
}

/// The path at which an application begins: below the prefix that is taken off, for what lies outside it is not served.
pub(crate) fn way_in(resource: &Resource) -> String {
    resource.upstream.as_ref().map_or_else(|| "/".to_owned(), |upstream| format!("{}/", upstream.strip_prefix))
}

/// What a destination demands of the sign-in.
pub(crate) enum Demand {
    /// Nothing more than there is.
    Met,
    /// This authenticator assurance level, now. The decision says why, where one was made.
    Assurance { assurance: u8, decision: Option<Box<Decision>> },
    /// Signing in again would not help.
    Hopeless(Box<Decision>, Arc<Resource>),
}

/// The resource that a person goes on to; none when it is a page of the portal itself.
pub(crate) fn destination<'a>(visit: &'a Visit, onward: &Onward) -> Option<&'a Arc<Resource>> {
    match &onward.application {
        Some(id) => resource(visit, id.as_str()),
        None if is_console(onward.path()) => resource(visit, CONSOLE),
        None => None,
    }
}

/// What the destination demands of this person now.
pub(crate) fn demand(visit: &Visit, person: &Person, onward: &Onward) -> Result<Demand, Problem> {
    if onward.application.is_none() && !is_console(onward.path()) {
        return Ok(Demand::Assurance { assurance: person.session.methods.assurance(), decision: None });
    }
    let resource = destination(visit, onward).ok_or(Problem::NotFound)?;
    let handle = visit.world.facts().find(EntityType::Resource, resource.id.as_str()).ok_or(Problem::NotFound)?;
    let begins = onward.application.as_ref().map_or_else(|| "/".to_owned(), |_| way_in(resource));
    let path = onward.path.as_deref().unwrap_or(&begins).split('?').next().unwrap_or_default();
    let host = resource.host.as_ref().unwrap_or(&visit.state.portal).clone();
    let http = HttpFacts { method: arcstr::literal!("GET"), path: ArcStr::from(path), host };
    let asked = |action| {
        let request = question(visit, person, handle, action, Some(http.clone()));
        decide(visit.world.policies(), &visit.world, &request, visit.now)
    };
    let read = asked(Action::Read);
    let decision = match read.outcome() {
        // A page of the console may hold forms that ask for more than reading it.
        Verdict::Permit(_) if onward.application.is_none() => asked(Action::Administer),
        _ => read,
    };
    Ok(match decision.outcome() {
        Verdict::Permit(_) => Demand::Met,
        Verdict::Challenge(challenge) => {
            let assurance = challenge.assurance;
            Demand::Assurance { assurance, decision: Some(Box::new(decision)) }
        }
        Verdict::Deny(_) => Demand::Hopeless(Box::new(decision), Arc::clone(resource)),
    })
}

fn is_console(path: &str) -> bool {
    path.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}
