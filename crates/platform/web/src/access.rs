//! Questions that pages ask the policy engine: what a person may open, and whether the person may enter the console.

use std::sync::Arc;

use arcstr::ArcStr;
use http::Method;
use sekisho_model::documents::Resource;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{AccessRequest, Action, Evidence, Host, HttpFacts, Record, RequestId, RequestParts};
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

/// Decides this request to the console and records the decision before it returns.
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
    let path = context.path.split('?').next().unwrap_or_default();
    let http = HttpFacts {
        method: ArcStr::from(method.as_str()),
        path: ArcStr::from(path),
        host: Host::clone(&context.site.portal),
    };
    let request = question(context, person, console, action, Some(http));
    let decision = decide(context.world.policies(), &context.world, &request, context.now);
    let record = decision.to_record(&context.world, &request, context.now);
    context.site.ledger.append(Record::Decision(Box::new(record))).await.map_err(|error| {
        tracing::error!(%error, "a decision could not be recorded");
        Problem::Unavailable
    })?;
    Ok(decision)
}

/// Whether the page shows the link to the console: the engine permits reading it now, or would after a stronger sign-in.
pub fn sees_console<S>(context: &RequestContext<S>) -> bool {
    let (Some(person), Some(console)) = (&context.person, console(context)) else { return false };
    !matches!(preview(context, person, console, Action::Read).outcome(), Verdict::Deny(_))
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
