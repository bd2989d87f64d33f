//! Questions that pages ask the policy engine: what a person may open, and whether the person may enter the console.

use std::sync::Arc;

use arcstr::ArcStr;
use http::Method;
use sekisho_capability::{ActSpec, Asking, CONSOLE, Part};
use sekisho_model::documents::Resource;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{AccessRequest, Action, Evidence, Host, HttpFacts, Record, UserId};
use sekisho_policy_engine::{Decision, Verdict};

use crate::problem::Problem;
use crate::request_context::{Person, RequestContext};

/// The console's resource in the World; `None` when it is not configured, and then nobody may enter.
pub fn console<S>(context: &RequestContext<S>) -> Option<Handle> {
    context.world.facts().find(EntityType::Resource, CONSOLE)
}

/// Decides what this person may do with a resource now, for display only: it records nothing and permits nothing.
pub fn preview<S>(context: &RequestContext<S>, person: &Person, resource: Handle, action: Action) -> Decision {
    asking(context, person, None).decide(action, resource).1
}

/// Decides this request for an action on a resource, and records the decision before it returns.
///
/// # Errors
/// [`Problem::Unavailable`] when the decision cannot be recorded.
pub async fn enter<S>(
    context: &RequestContext<S>,
    person: &Person,
    action: Action,
    resource: Handle,
    method: &Method,
) -> Result<Decision, Problem> {
    let (request, decision) = asking(context, person, Some(facts(context, method))).decide(action, resource);
    recorded(context, &request, decision).await
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
    let asking = asking(context, person, Some(facts(context, method)));
    let (request, decision) = of_console(context, &asking, action).ok_or(Problem::NoConsole)?;
    recorded(context, &request, decision).await
}

/// Decides an action on the console as a whole, or on any part of the platform. `None` when no resource stands for the console.
fn of_console<S>(
    context: &RequestContext<S>,
    asking: &Asking<'_>,
    action: Action,
) -> Option<(AccessRequest, Decision)> {
    let of_console = asking.decide(action, console(context)?);
    let parts = Part::ALL.into_iter().filter_map(|part| resource_handle(context, part.resource()));
    let mut of_parts = parts.map(|part| asking.decide(action, part));
    Some(match of_console.1.outcome() {
        Verdict::Permit(_) => of_console,
        // Somebody who may use one part only enters by the console's first page too.
        _ => of_parts.find(|(_, decision)| matches!(decision.outcome(), Verdict::Permit(_))).unwrap_or(of_console),
    })
}

/// Decides again whether this person may look at the console, for an answer that is still being sent.
///
/// # Errors
/// Why not, as a stable code.
pub fn still_reads_console<S>(context: &RequestContext<S>, person: &Person) -> Result<(), String> {
    let asking = asking(context, person, Some(facts(context, &Method::GET)));
    let Some((_, decision)) = of_console(context, &asking, Action::Read) else {
        return Err("resource-removed".to_owned());
    };
    match decision.outcome() {
        Verdict::Permit(_) => Ok(()),
        Verdict::Challenge(_) | Verdict::Deny(_) => {
            Err(decision.reasons().first().map_or_else(|| "not-permitted".to_owned(), |reason| reason.code.clone()))
        }
    }
}

/// Decides this request to do an act and records the decision before it returns; see [`Asking::decide_act`].
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
    let asking = asking(context, person, Some(facts(context, method)));
    let (request, decision) = asking.decide_act(act, about).ok_or(Problem::NoConsole)?;
    recorded(context, &request, decision).await
}

/// Whether a page shows the way to an act: the engine permits it now, or would after a stronger sign-in.
pub fn may<S>(context: &RequestContext<S>, act: &ActSpec, about: Option<&UserId>) -> bool {
    let Some(person) = &context.person else { return false };
    let decided = asking(context, person, None).decide_act(act, about);
    decided.is_some_and(|(_, decision)| !matches!(decision.outcome(), Verdict::Deny(_)))
}

/// Whether the engine permits an act now, so that a page may show what the act reads. Where a stronger sign-in would help, it may not.
pub fn permits<S>(context: &RequestContext<S>, act: &ActSpec) -> bool {
    let Some(person) = &context.person else { return false };
    let decided = asking(context, person, None).decide_act(act, None);
    decided.is_some_and(|(_, decision)| matches!(decision.outcome(), Verdict::Permit(_)))
}

fn facts<S>(context: &RequestContext<S>, method: &Method) -> HttpFacts {
    let path = context.path.split('?').next().unwrap_or_default();
    HttpFacts::new(ArcStr::from(method.as_str()), ArcStr::from(path), Host::clone(&context.site.portal))
}

/// This person, as the policy engine is asked about them.
fn asking<'a, S>(context: &'a RequestContext<S>, person: &'a Person, http: Option<HttpFacts>) -> Asking<'a> {
    Asking {
        world: &context.world,
        session: &person.session,
        device: device(context, person),
        address: context.peer.address.ip(),
        request: &context.peer.request,
        http,
        now: context.now,
    }
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
    asking(context, person, http).to(action, resource)
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
