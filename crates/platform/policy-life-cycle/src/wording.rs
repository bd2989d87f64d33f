//! The keys of texts, and the classes of labels.

use sekisho_model::Outcome;

use crate::draft::State;

/// The key of a state.
pub(crate) const fn state_key(state: &State) -> &'static str {
    match state {
        State::Draft => "policy-draft-is-draft",
        State::ReportOnly { .. } => "policy-draft-is-report-only",
        State::Published { .. } => "policy-draft-is-published",
        State::RolledBack { .. } => "policy-draft-is-rolled-back",
        State::Withdrawn { .. } => "policy-draft-is-withdrawn",
    }
}

/// The class of a state's label.
pub(crate) const fn state_class(state: &State) -> &'static str {
    match state {
        State::Published { .. } => "pass",
        State::Draft | State::ReportOnly { .. } => "ask",
        State::RolledBack { .. } | State::Withdrawn { .. } => "stop",
    }
}

/// The key of a cell's word.
pub(crate) fn cell_key(word: &str) -> &'static str {
    match word {
        "permit" => "policy-table-permit",
        "permit-if" => "policy-table-permit-if",
        "forbid" => "policy-table-forbid",
        _ => "policy-table-forbid-if",
    }
}

/// The key of an outcome.
pub(crate) const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Permit => "policy-difference-permit",
        Outcome::Challenge => "policy-difference-challenge",
        Outcome::Deny => "policy-difference-deny",
    }
}
