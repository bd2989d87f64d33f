//! The page of a decision that did not permit, where the portal itself is the enforcement point.

use axum::response::Response;
use http::StatusCode;
use sekisho_model::Outcome;
use sekisho_model::documents::Resource;
use sekisho_policy_engine::{Decision, Step};

use crate::access;
use crate::answer;
use crate::page::Page;
use crate::pages::{RefusalPage, RemedyLine, Told};
use crate::problem::Problem;
use crate::verdict::{Verdict, explained};
use crate::visit::Visit;

/// The console was refused.
pub(crate) fn console(visit: &Visit, decision: &Decision) -> Result<Response, Problem> {
    let name = access::resource(visit, access::CONSOLE).map(|one| one.name.in_language(visit.language).to_owned());
    // What was asked for cannot be sent again, so a stronger sign-in leads to the console's first page.
    let action = (decision.kind() == Outcome::Challenge).then(|| ("/step-up?after=/console".to_owned(), "step-up"));
    shown(visit, decision, name, action)
}

/// Signing in again would not open this application.
pub(crate) fn preview(visit: &Visit, decision: &Decision, resource: &Resource) -> Result<Response, Problem> {
    shown(visit, decision, Some(resource.name.in_language(visit.language).to_owned()), None)
}

fn shown(
    visit: &Visit,
    decision: &Decision,
    resource: Option<String>,
    action: Option<(String, &'static str)>,
) -> Result<Response, Problem> {
    let (reasons, remedies) = explained(decision, visit.language);
    let links = decision.remedies().iter().map(|remedy| link(&remedy.steps));
    let remedies = remedies.into_iter().zip(links).map(|(text, href)| RemedyLine { text, href }).collect();
    let page = Page { scripts: &[], ..visit.page() };
    let told = Told {
        language: visit.language,
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
    let shown = RefusalPage { page, told, other: None, request: visit.peer.request.to_string() };
    answer::html_at(StatusCode::FORBIDDEN, &shown)
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
