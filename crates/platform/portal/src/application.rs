//! One application on a person's page: what the policy engine says of it, and the one button that helps.

use sekisho_capability::CONSOLE;
use sekisho_model::documents::Resource;
use sekisho_model::facts::Handle;
use sekisho_model::{Action, ResourceId};
use sekisho_policy_engine::{Decision, Remedy, Step, Verdict as Answer};
use sekisho_web::verdict::{Verdict, explained};
use sekisho_web::{Person, Reach, access};
use serde_json::json;

use crate::Context;
use crate::demand::entry_path;

/// An application as the page shows it.
pub(crate) struct Application {
    pub(crate) id: ResourceId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) verdict: Verdict,
    pub(crate) reasons: Vec<String>,
    pub(crate) remedies: Vec<String>,
    /// The address and the message key of the one button.
    pub(crate) button: Option<(String, &'static str)>,
}

/// How an application stands to a person.
pub(crate) enum Standing {
    /// The person may use it, now or after what they can do alone.
    Mine(Application),
    /// Somebody else must grant it.
    Requestable(Application),
}

/// What the engine says of an application for this person, now. One that nothing would open is not named.
pub(crate) fn standing(context: &Context, person: &Person, handle: Handle, resource: &Resource) -> Option<Standing> {
    if resource.id.as_str() == CONSOLE {
        return None;
    }
    let origin = context.site.application_origin(resource)?;
    let decision = access::preview(context, person, handle, Action::Read);
    let reach = Reach::of(&decision)?;
    let remedies = decision.remedies();
    let alone = remedies.iter().find(|remedy| !remedy.steps.contains(&Step::Grant));
    let button = match decision.outcome() {
        Answer::Permit(_) => Some((format!("{origin}{}", entry_path(resource)), "open")),
        Answer::Challenge(challenge) => {
            let label = if challenge.assurance >= PASSKEY { "sign-in-with-passkey" } else { "confirm-and-open" };
            Some((format!("/step-up?to={}", resource.id), label))
        }
        Answer::Deny(_) => match alone {
            Some(remedy) => help(remedy),
            None => Some((format!("/request/{}", resource.id), "request-access")),
        },
    };
    let application = shown(context, resource, &decision, button);
    Some(match reach {
        Reach::Mine => Standing::Mine(application),
        Reach::Requestable => Standing::Requestable(application),
    })
}

/// The assurance that only a passkey gives.
const PASSKEY: u8 = 3;

fn shown(
    context: &Context,
    resource: &Resource,
    decision: &Decision,
    button: Option<(String, &'static str)>,
) -> Application {
    let (reasons, remedies) = explained(decision, context.language);
    Application {
        id: resource.id.clone(),
        name: resource.name.in_language(context.language).to_owned(),
        description: resource.description.in_language(context.language).to_owned(),
        verdict: Verdict(decision.kind()),
        reasons,
        remedies,
        button,
    }
}

/// Where the portal helps with the first thing that a remedy asks for.
fn help(remedy: &Remedy) -> Option<(String, &'static str)> {
    let devices = |label| Some(("/devices".to_owned(), label));
    let step = remedy.steps.iter().find(|step| **step != Step::Authenticate)?;
    match step {
        Step::ProveDevice => devices("prove-device"),
        Step::ReportDevice | Step::HealDevice | Step::OtherDevice => devices("look-at-my-devices"),
        Step::Authenticate | Step::OtherNetwork | Step::Grant => None,
    }
}

/// Whether the name of an application, in either language, begins as somebody typed it.
pub(crate) fn is_named(resource: &Resource, typed: &str) -> bool {
    let names = json!({ "name": { "en": resource.name.en, "ja": resource.name.ja } });
    sekisho_rest::matches(sekisho_rest::Typed::new(typed).as_ref(), resource.id.as_str(), &names)
}
