//! A decision in one sentence: who was denied what, and the one reason that decides.

use sekisho_control_plane::AskedAgain;
use sekisho_model::{Action, DecisionRecord, Outcome};
use sekisho_policy_engine::{Condition, ExplainedPolicy, Explanation, State};

use crate::decision::explanation;
use crate::{Context, names, say_all};

/// Reasons that say nothing of what is missing.
const GENERAL: [&str; 2] = ["no-policy-permits", "more-policies"];

pub(crate) fn of(context: &Context, decision: &DecisionRecord, policies: &Explanation) -> String {
    let who = decision.subject.as_deref().map(|id| names::person(context, id));
    let who = who.unwrap_or_else(|| context.say("anonymous"));
    let what = decision.resource.as_deref().map(|id| names::resource(context, id));
    let what = what.unwrap_or_else(|| context.say("none"));
    let doing = context.say(doing(decision.action.unwrap_or(Action::Read)));
    let (key, why) = match decision.outcome {
        Outcome::Permit => {
            let by = decision.policies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            ("sentence-permit", by)
        }
        Outcome::Challenge => ("sentence-challenge", reason(context, decision, policies)),
        Outcome::Deny => ("sentence-deny", reason(context, decision, policies)),
    };
    say_all(context, key, &[("who", who), ("doing", doing), ("what", what), ("why", why)])
}

/// The group that the nearest permit asks for and the person is not in.
pub(crate) fn missing_group(decision: &DecisionRecord, policies: &Explanation) -> Option<String> {
    let forbids = !decision.policies.is_empty() || !decision.errors.is_empty();
    nearest(policies).filter(|_| decision.outcome == Outcome::Deny && !forbids)?.group.clone()
}

const fn doing(action: Action) -> &'static str {
    match action {
        Action::Connect => "doing-connect",
        Action::Read => "doing-read",
        Action::Write => "doing-write",
        Action::Delete => "doing-delete",
        Action::Administer => "doing-administer",
        Action::Approve => "doing-approve",
    }
}

/// The reason in a row of a list: of the record where that says more than that no policy permits, or the condition that was nearest.
pub(crate) fn short(context: &Context, decision: &DecisionRecord) -> String {
    let says_more = decision.reasons.iter().any(|code| !GENERAL.contains(&code.as_str()));
    let again = if says_more { None } else { AskedAgain::of(&context.world, decision).ok() };
    let policies = again.map(|again| again.explain()).unwrap_or_default();
    let text = reason(context, decision, &policies);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The one reason that decides: a policy that forbids; a group that the nearest permit asks for; another fact; another condition.
fn reason(context: &Context, decision: &DecisionRecord, policies: &Explanation) -> String {
    let code = |code: &String| explanation::text(context, code);
    let forbids = !decision.policies.is_empty() || !decision.errors.is_empty();
    let specific = decision.reasons.iter().find(|code| !GENERAL.contains(&code.as_str()));
    let nearest = if forbids { None } else { nearest(policies) };
    if let Some(group) = nearest.and_then(|condition| condition.group.clone()) {
        let group = names::group(context, &group);
        return match unmet(policies).count() {
            0 | 1 => say_all(context, "why-not-in-group", &[("group", group)]),
            all => say_all(context, "why-not-in-group-and-more", &[("group", group), ("count", (all - 1).to_string())]),
        };
    }
    match (specific, nearest) {
        (Some(specific), _) => code(specific),
        (None, Some(condition)) => {
            let values = condition.values.iter().filter_map(|value| value.value.clone()).collect::<Vec<_>>().join(", ");
            let values = if values.is_empty() { context.say("value-missing") } else { values };
            say_all(context, "why-condition", &[("condition", condition.text.clone()), ("values", values)])
        }
        (None, None) => decision.reasons.first().map(code).unwrap_or_default(),
    }
}

/// The first condition that does not hold of the permit that is nearest to being satisfied. None where one is satisfied with today's
/// facts: then today's conditions do not say what was missing.
fn nearest(policies: &Explanation) -> Option<&Condition> {
    unmet(policies).next()
}

/// Every condition that does not hold of the permit that is nearest to being satisfied.
fn unmet(policies: &Explanation) -> impl Iterator<Item = &Condition> {
    let counts = |policy: &&ExplainedPolicy| policy.permits() && !policy.report_only;
    let nearest = policies.policies.iter().find(counts).filter(|policy| !policy.satisfied);
    let conditions = nearest.into_iter().flat_map(|policy| &policy.conditions);
    conditions.filter(|condition| matches!(condition.state, State::Fails | State::Missing))
}

/// What else the permit asks for that names the missing group: conditions that do not hold either.
pub(crate) fn beside_the_group(policies: &Explanation) -> Vec<String> {
    unmet(policies).filter(|condition| condition.group.is_none()).map(|condition| condition.text.clone()).collect()
}
