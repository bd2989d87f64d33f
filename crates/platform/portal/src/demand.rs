//! What the destination of a sign-in demands of it.

use std::sync::Arc;

use arcstr::ArcStr;
use sekisho_capability::CONSOLE;
use sekisho_model::documents::Resource;
use sekisho_model::facts::EntityType;
use sekisho_model::{Action, HttpFacts};
use sekisho_policy_engine::{Decision, Verdict, decide};
use sekisho_web::access::{question, resource};
use sekisho_web::{Person, Problem};

use crate::Context;
use crate::return_to::ReturnTo;

/// What a destination demands of the sign-in.
pub(crate) enum Demand {
    /// The session has all that it needs.
    Met,
    /// A sign-in at this authenticator assurance level, now. The decision says why, where one was made.
    Assurance { assurance: u8, decision: Option<Box<Decision>> },
    /// Signing in again would not help.
    Hopeless(Box<Decision>, Arc<Resource>),
}

/// The resource that a person goes on to; `None` when it is a page of the portal itself.
pub(crate) fn destination<'a>(context: &'a Context, return_to: &ReturnTo) -> Option<&'a Arc<Resource>> {
    match &return_to.application {
        Some(id) => resource(context, id.as_str()),
        None if is_console(return_to.path()) => resource(context, CONSOLE),
        None => None,
    }
}

/// What the destination demands of this person now.
pub(crate) fn demand(context: &Context, person: &Person, return_to: &ReturnTo) -> Result<Demand, Problem> {
    if return_to.application.is_none() && !is_console(return_to.path()) {
        return Ok(Demand::Assurance { assurance: person.session.methods.assurance(), decision: None });
    }
    let resource = destination(context, return_to).ok_or(Problem::NotFound)?;
    let handle = context.world.facts().find(EntityType::Resource, resource.id.as_str()).ok_or(Problem::NotFound)?;
    let entry = return_to.application.as_ref().map_or_else(|| "/".to_owned(), |_| entry_path(resource));
    let path = return_to.path.as_deref().unwrap_or(&entry).split('?').next().unwrap_or_default();
    let host = resource.host.as_ref().unwrap_or(&context.site.portal).clone();
    let http = HttpFacts::new(arcstr::literal!("GET"), ArcStr::from(path), host);
    let decided = |action| {
        let request = question(context, person, handle, action, Some(http.clone()));
        decide(context.world.policies(), &context.world, &request, context.now)
    };
    let read = decided(Action::Read);
    let decision = match read.outcome() {
        // A page of the console may hold forms that need more than reading it.
        Verdict::Permit(_) if return_to.application.is_none() => decided(Action::Administer),
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

/// The path at which an application begins: below the prefix that the gateway strips, because nothing outside it is served.
pub(crate) fn entry_path(resource: &Resource) -> String {
    resource.upstream.as_ref().map_or_else(|| "/".to_owned(), |upstream| format!("{}/", upstream.strip_prefix))
}

fn is_console(path: &str) -> bool {
    path.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}
