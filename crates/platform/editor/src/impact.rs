//! What a plan would do to people, as a page says it.

use sekisho_control_plane::{Affected, Impact, Plan, display_name};
use sekisho_model::documents::Kind;
use sekisho_web::access;

use crate::Context;

/// What a plan would do to people.
#[derive(Debug, Default)]
pub(crate) struct ImpactView {
    pub(crate) gain: usize,
    pub(crate) lose: usize,
    pub(crate) sessions_cut: usize,
    pub(crate) at_least: bool,
    /// The first people who gain.
    pub(crate) gaining: Vec<Person>,
    /// The first people who lose.
    pub(crate) losing: Vec<Person>,
    /// The policies that name no resource, each in a sentence.
    pub(crate) opening: Vec<String>,
    /// What is valid and probably not meant.
    pub(crate) warnings: Vec<String>,
}

/// Somebody who gains or loses access, and to what.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) account: String,
    pub(crate) name: String,
    /// The names of the first resources.
    pub(crate) resources: Vec<String>,
    /// How many more resources there are.
    pub(crate) more: usize,
}

impl ImpactView {
    pub(crate) fn of(context: &Context, plan: &Plan) -> Self {
        let Impact { gain, lose, sessions_cut, at_least, gaining, losing } = &plan.impact;
        let named = |people: &[Affected]| people.iter().map(|one| person(context, plan, one)).collect();
        let unknown = plan.unknown_names.iter().map(ToString::to_string);
        let texts = &context.site.contents.texts;
        let opens =
            |id: &sekisho_model::PolicyId| texts.say_with(context.language, "opens-everything", "policy", id.as_str());
        Self {
            gain: *gain,
            lose: *lose,
            sessions_cut: *sessions_cut,
            at_least: *at_least,
            gaining: named(gaining),
            losing: named(losing),
            opening: plan.opening.iter().map(opens).collect(),
            warnings: plan.warnings.iter().cloned().chain(unknown).collect(),
        }
    }

    /// Whether nobody gains or loses anything.
    pub(crate) const fn is_none(&self) -> bool {
        self.gain == 0 && self.lose == 0 && self.sessions_cut == 0
    }

    /// How many of those who gain are not named.
    pub(crate) fn more_gain(&self) -> usize {
        self.gain.saturating_sub(self.gaining.len())
    }

    /// How many of those who lose are not named.
    pub(crate) fn more_lose(&self) -> usize {
        self.lose.saturating_sub(self.losing.len())
    }
}

fn person(context: &Context, plan: &Plan, Affected { account, resources, more }: &Affected) -> Person {
    // An account that the plan makes has no name yet.
    let known = context.world.user(account).map(|user| context.world.display_name(user).to_string());
    Person {
        account: account.clone(),
        name: known.unwrap_or_else(|| account.clone()),
        resources: resources.iter().map(|id| resource(context, plan, id)).collect(),
        more: *more,
    }
}

/// The name of a resource: of one that is there, or of one that the plan makes.
fn resource(context: &Context, plan: &Plan, id: &str) -> String {
    if let Some(resource) = access::resource(context, id) {
        return resource.name.in_language(context.language).to_owned();
    }
    let made = plan.steps.iter().find(|step| step.kind == Kind::Resource && step.id == id);
    made.and_then(|step| step.body.as_ref()).and_then(display_name).unwrap_or_else(|| id.to_owned())
}
