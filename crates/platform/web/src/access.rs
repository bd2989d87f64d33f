//! Questions that pages ask the policy engine: what a person may open, and whether the person may enter the console.

use std::sync::Arc;

use arcstr::ArcStr;
use http::Method;
use sekisho_capability::{ActSpec, Part, demand};
use sekisho_model::documents::Resource;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{AccessRequest, Action, Evidence, Host, HttpFacts, Record, RequestId, RequestParts, UserId};
use sekisho_policy_engine::{Decision, Verdict, decide};

use crate::problem::Problem;
use crate::request_context::{Person, RequestContext};

/// The identifier of the resource that stands for the console in policies.
pub const CONSOLE: &str = "sekisho-console";

/// The console's resource in the World; `None` when it is not configured, and then nobody may enter.
pub fn console<S>(context: &RequestContext<S>) -> Option<Handle> {
    context.world.facts().find(EntityType::Resource, CONSOLE)
}

/// Decides what this person may do with a resource now, for display only: it records nothing and permits nothing.
pub fn preview<S>(context: &RequestContext<S>, person: &Person, resource: Handle, action: Action) -> Decision {
    let request = question(context, person, resource, action, None);
    decide(context.world.policies(), &context.world, &request, context.now)
}

/// Decides this request to the console as a whole, or to any part of the platform, and records the decision before it returns.
///
/// # Errors
/// [`Problem::NoConsole`] when no resource stands for the console, [`Problem::Unavailable`] when the decision cannot be recorded.
pub async fn enter_console<S>(
    context: &RequestContext<S>,
    person: &Person,
    action: Action,
    method: &Method,
) -> Result<Decision, Problem> {
    let console = console(context).ok_or(Problem::NoConsole)?;
    let of_console = decided(context, person, console, action, method);
    let parts = Part::ALL.into_iter().filter_map(|part| resource_handle(context, part.resource()));
    let mut of_parts = parts.map(|part| decided(context, person, part, action, method));
    let (request, decision) = match of_console.1.outcome() {
        Verdict::Permit(_) => of_console,
        // Somebody who may use one part only enters by the console's first page too.
        _ => of_parts.find(|(_, decision)| matches!(decision.outcome(), Verdict::Permit(_))).unwrap_or(of_console),
    };
    recorded(context, &request, decision).await
}

/// Decides this request to do an act and records the decision before it returns.
///
/// The part of the platform is asked about first. An installation whose own policies speak of the console alone is asked about the
/// console: to read, or to administer.
///
/// # Errors
/// As [`enter_console`].
pub async fn enter_act<S>(
    context: &RequestContext<S>,
    person: &Person,
    act: &ActSpec,
    about: Option<&UserId>,
    method: &Method,
) -> Result<Decision, Problem> {
    let console = console(context).ok_or(Problem::NoConsole)?;
    let demand = demand(&context.world, act, about);
    let part = resource_handle(context, demand.part.resource());
    let of_part = part.map(|part| decided(context, person, part, demand.action, method));
    let (request, decision) = match of_part {
        Some(of_part) if matches!(of_part.1.outcome(), Verdict::Permit(_)) => of_part,
        of_part => {
            let of_console = decided(context, person, console, console_action(act), method);
            match (of_console.1.outcome(), of_part) {
                // A stronger sign-in would do for the part, and nothing would for the console.
                (Verdict::Deny(_), Some(of_part)) if matches!(of_part.1.outcome(), Verdict::Challenge(_)) => of_part,
                _ => of_console,
            }
        }
    };
    recorded(context, &request, decision).await
}

/// Whether a page shows the way to an act: the engine permits it now, or would after a stronger sign-in.
pub fn may<S>(context: &RequestContext<S>, act: &ActSpec, about: Option<&UserId>) -> bool {
    let (Some(person), Some(console)) = (&context.person, console(context)) else { return false };
    let demand = demand(&context.world, act, about);
    let part = resource_handle(context, demand.part.resource());
    let opens = |resource, action| !matches!(preview(context, person, resource, action).outcome(), Verdict::Deny(_));
    part.is_some_and(|part| opens(part, demand.action)) || opens(console, console_action(act))
}

/// What an act is to policies that speak of the console alone.
const fn console_action(act: &ActSpec) -> Action {
    if act.is_read() { Action::Read } else { Action::Administer }
}

fn decided<S>(
    context: &RequestContext<S>,
    person: &Person,
    resource: Handle,
    action: Action,
    method: &Method,
) -> (AccessRequest, Decision) {
    let path = context.path.split('?').next().unwrap_or_default();
    let http = HttpFacts {
        method: ArcStr::from(method.as_str()),
        path: ArcStr::from(path),
        host: Host::clone(&context.site.portal),
    };
    let request = question(context, person, resource, action, Some(http));
    let decision = decide(context.world.policies(), &context.world, &request, context.now);
    (request, decision)
}

async fn recorded<S>(
    context: &RequestContext<S>,
    request: &AccessRequest,
    decision: Decision,
) -> Result<Decision, Problem> {
    let record = decision.to_record(&context.world, request, context.now);
    context.site.ledger.append(Record::Decision(Box::new(record))).await.map_err(|error| {
        tracing::error!(%error, "a decision could not be recorded");
        Problem::Unavailable
    })?;
    Ok(decision)
}

/// Whether the page shows the link to the console: the engine permits reading it or one of the platform's parts now, or would after a
/// stronger sign-in.
pub fn sees_console<S>(context: &RequestContext<S>) -> bool {
    let (Some(person), Some(console)) = (&context.person, console(context)) else { return false };
    let parts = Part::ALL.into_iter().filter_map(|part| resource_handle(context, part.resource()));
    let opens = |resource| !matches!(preview(context, person, resource, Action::Read).outcome(), Verdict::Deny(_));
    opens(console) || parts.into_iter().any(opens)
}

fn resource_handle<S>(context: &RequestContext<S>, id: &str) -> Option<Handle> {
    context.world.facts().find(EntityType::Resource, id)
}

/// The access request that asks about this person, this device and this network.
pub fn question<S>(
    context: &RequestContext<S>,
    person: &Person,
    resource: Handle,
    action: Action,
    http: Option<HttpFacts>,
) -> AccessRequest {
    AccessRequest::new(RequestParts {
        id: RequestId::clone(&context.peer.request),
        session: Arc::clone(&person.session),
        device: device(context, person),
        resource,
        action,
        network: context.world.network(context.peer.address.ip()),
        http,
    })
}

/// The device of this context: the one whose certificate the connection showed, or the one that proved itself in the session.
pub fn device<S>(context: &RequestContext<S>, person: &Person) -> Evidence<Handle> {
    context.world.device_of(context.peer.device.as_ref(), &person.session, context.now)
}

/// A resource by its identifier.
pub fn resource<'a, S>(context: &'a RequestContext<S>, id: &str) -> Option<&'a Arc<Resource>> {
    let handle = context.world.facts().find(EntityType::Resource, id)?;
    context.world.resource(handle)
}
