//! The page of a challenge or denial where the portal itself is the enforcement point.

use axum::response::Response;
use http::StatusCode;
use sekisho_capability::CONSOLE;
use sekisho_model::Outcome;
use sekisho_model::documents::Resource;
use sekisho_policy_engine::{Decision, Step};

use crate::address::encode;
use crate::page::Page;
use crate::problem::Problem;
use crate::refusal_page::{RefusalPage, RefusalSection, RemedyLine};
use crate::request_context::RequestContext;
use crate::verdict::{Verdict, explained};
use crate::{access, answer};

/// The page for a person whom the decision does not let into the console.
///
/// # Errors
/// When the page cannot be rendered.
pub(crate) fn console<S>(context: &RequestContext<S>, decision: &Decision) -> Result<Response, Problem> {
    let name = access::resource(context, CONSOLE).map(|one| one.name.in_language(context.language).to_owned());
    // What was asked for cannot be sent again, so a stronger sign-in leads to the page that holds the form.
    let back = context
        .made_from
        .as_deref()
        .filter(|path| path.starts_with("/console"))
        .map_or_else(|| "/console".to_owned(), confirmed);
    let action =
        (decision.kind() == Outcome::Challenge).then(|| (format!("/step-up?after={}", encode(&back)), "step-up"));
    shown(context, decision, name, action)
}

/// The page for a person to whom signing in again would not open this application.
///
/// # Errors
/// When the page cannot be rendered.
pub fn preview<S>(context: &RequestContext<S>, decision: &Decision, resource: &Resource) -> Result<Response, Problem> {
    shown(context, decision, Some(resource.name.in_language(context.language).to_owned()), None)
}

fn shown<S>(
    context: &RequestContext<S>,
    decision: &Decision,
    resource: Option<String>,
    action: Option<(String, &'static str)>,
) -> Result<Response, Problem> {
    let (reasons, remedies) = explained(decision, context.language);
    let links = decision.remedies().iter().map(|remedy| link(&remedy.steps));
    let remedies = remedies
        .into_iter()
        .zip(links)
        .map(|(text, href)| RemedyLine { text, href, label: "open-my-devices" })
        .collect();
    let page = Page { scripts: &[], ..context.page() };
    let section = RefusalSection {
        language: context.language,
        title: page.say(match decision.kind() {
            Outcome::Challenge => "refused-challenge",
            Outcome::Permit | Outcome::Deny => "refused-denied",
        }),
        verdict: Verdict(decision.kind()),
        resource,
        reasons,
        remedies,
        action,
    };
    // The portal remembers the language that a person chooses.
    let shown = RefusalPage { page, section, other: None, request: context.peer.request.to_string() };
    answer::html_at(StatusCode::FORBIDDEN, &shown)
}

/// The address of a page that says that the person confirmed who they are. Its script restores what was typed there.
fn confirmed(path: &str) -> String {
    let page = path.split('?').next().unwrap_or(path);
    format!("{page}?done=confirmed")
}

/// Where the portal helps with a remedy.
fn link(steps: &[Step]) -> Option<String> {
    match steps {
        [Step::ProveDevice | Step::ReportDevice | Step::HealDevice | Step::OtherDevice, ..] => {
            Some("/devices".to_owned())
        }
        _ => None,
    }
}
