//! The policies about a request as tables of conditions.

use sekisho_control_plane::AskedAgain;
use sekisho_policy_engine::{Condition, ExplainedPolicy, Explanation, Source, State};

use crate::Context;

/// A policy with its conditions.
pub(crate) struct PolicyView {
    pub(crate) id: String,
    /// The key of what it does when all its conditions hold.
    pub(crate) effect: &'static str,
    pub(crate) report_only: bool,
    pub(crate) satisfied: bool,
    pub(crate) class: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) conditions: Vec<ConditionView>,
}

/// A condition, its mark, and what it reads.
pub(crate) struct ConditionView {
    pub(crate) text: String,
    pub(crate) mark: &'static str,
    pub(crate) class: &'static str,
    /// The key of what the mark means.
    pub(crate) state: &'static str,
    pub(crate) values: Vec<ValueView>,
}

/// A value that a condition reads.
pub(crate) struct ValueView {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    /// Whether the record does not hold it, so that it is of today.
    pub(crate) of_today: bool,
}

/// The policies of an explanation. `again` says whether the session is still known.
pub(crate) fn of(context: &Context, explained: &Explanation, again: Option<&AskedAgain<'_>>) -> Vec<PolicyView> {
    let knows_session = again.is_none_or(|again| again.knows_session);
    explained.policies.iter().map(|policy| view(context, policy, knows_session)).collect()
}

fn view(context: &Context, policy: &ExplainedPolicy, knows_session: bool) -> PolicyView {
    let meta = context.world.policies().meta(&policy.id);
    let reason = meta.and_then(|meta| meta.reason.as_ref());
    let class = match (policy.satisfied, policy.permits()) {
        (true, true) => "pass",
        (true, false) => "stop",
        (false, _) => "off",
    };
    PolicyView {
        id: policy.id.to_string(),
        effect: if policy.permits() { "policy-permits-when" } else { "policy-forbids-when" },
        report_only: policy.report_only,
        satisfied: policy.satisfied,
        class,
        reason: reason.map(|reason| reason.in_language(context.language).to_owned()),
        conditions: policy.conditions.iter().map(|one| condition(one, knows_session)).collect(),
    }
}

fn condition(condition: &Condition, knows_session: bool) -> ConditionView {
    let is_lost = !knows_session && condition.values.iter().any(|value| value.source == Source::Session);
    let (mark, class, state) = match condition.state {
        _ if is_lost => ("?", "ask", "condition-lost"),
        State::Holds => ("✓", "pass", "condition-holds"),
        State::Fails => ("✗", "stop", "condition-fails"),
        State::Missing => ("✗", "stop", "condition-missing"),
        State::NotAsked => ("–", "off", "condition-not-asked"),
    };
    let value = |value: &sekisho_policy_engine::ActualValue| ValueView {
        name: value.name.clone(),
        value: value.value.clone().filter(|_| knows_session || value.source != Source::Session),
        of_today: value.source == Source::Facts || (value.source == Source::Session && knows_session),
    };
    ConditionView {
        text: condition.text.clone(),
        mark,
        class,
        state,
        values: condition.values.iter().map(value).collect(),
    }
}
