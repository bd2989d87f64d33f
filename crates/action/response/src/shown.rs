//! How states and steps are called on pages.

use sekisho_model::documents::ResponseAction;

use crate::journal::{Response, State, Step, StepState};

/// The names of the states, in the order of the filter.
pub(crate) const STATES: [&str; 9] =
    ["proposed", "held", "doing", "done", "undoing", "undone", "expired", "dismissed", "spared"];

/// A step as a page shows it.
pub(crate) struct ShownStep {
    /// The key of the action.
    pub(crate) action: &'static str,
    /// The key of what became of it; `None` where that goes without saying.
    pub(crate) state: Option<&'static str>,
    pub(crate) why: Option<String>,
}

impl ShownStep {
    /// An action that nothing became of yet.
    pub(crate) const fn of(action: ResponseAction) -> Self {
        Self { action: action_key(action), state: None, why: None }
    }
}

/// The steps of a response.
pub(crate) fn steps(response: &Response) -> Vec<ShownStep> {
    let is_waiting = response.is_proposal() || response.state == State::Spared;
    let shown = |step: &Step| ShownStep {
        action: action_key(step.action),
        state: Some(step_key(step.state)).filter(|_| !is_waiting),
        why: step.why.clone(),
    };
    response.steps.iter().map(shown).collect()
}

/// The key of the state with that name.
pub(crate) fn state_key(name: &str) -> &'static str {
    match name {
        "proposed" => "response-is-proposed",
        "held" => "response-is-held",
        "doing" => "response-is-doing",
        "done" => "response-is-done",
        "undoing" => "response-is-undoing",
        "undone" => "response-is-undone",
        "expired" => "response-is-expired",
        "dismissed" => "response-is-dismissed",
        _ => "response-is-spared",
    }
}

/// The style class of a state's tag.
pub(crate) const fn state_class(state: &State) -> &'static str {
    match state {
        State::Proposed | State::Held => "ask",
        State::Doing { .. } | State::Undoing { .. } | State::Done { .. } => "stop",
        State::Undone { .. } | State::Expired { .. } | State::Dismissed { .. } | State::Spared => "off",
    }
}

const fn step_key(state: StepState) -> &'static str {
    match state {
        StepState::Waiting => "response-step-waiting",
        StepState::Doing => "response-step-doing",
        StepState::Done => "response-step-done",
        StepState::Nothing => "response-step-nothing",
        StepState::Spared => "response-step-spared",
        StepState::Failed => "response-step-failed",
        StepState::Undone => "response-step-undone",
        StepState::Final => "response-step-final",
        StepState::Left => "response-step-left",
    }
}

/// The name of an action, as documents write it.
pub(crate) const fn action_name(action: ResponseAction) -> &'static str {
    match action {
        ResponseAction::EndSessions => "end-sessions",
        ResponseAction::RaiseRisk => "raise-risk",
        ResponseAction::DisableAccount => "disable-account",
        ResponseAction::IsolateDevice => "isolate-device",
        ResponseAction::BlockAddress => "block-address",
        ResponseAction::RevokeTokens => "revoke-tokens",
        ResponseAction::SendWebhook => "send-webhook",
    }
}

const fn action_key(action: ResponseAction) -> &'static str {
    match action {
        ResponseAction::EndSessions => "response-end-sessions",
        ResponseAction::RaiseRisk => "response-raise-risk",
        ResponseAction::DisableAccount => "response-disable-account",
        ResponseAction::IsolateDevice => "response-isolate-device",
        ResponseAction::BlockAddress => "response-block-address",
        ResponseAction::RevokeTokens => "response-revoke-tokens",
        ResponseAction::SendWebhook => "response-send-webhook",
    }
}
