//! The refusal that stands for an exchange that was cut before its answer.

use sekisho_policy_enforcement::{Application, Explanation, ReasonView, Refusal};
use sekisho_policy_engine::Reason;

/// The exchange was cut.
pub(crate) fn cut_off(application: &Application, reason: Reason) -> Refusal {
    let reasons = vec![ReasonView { code: reason.code, text: reason.text }];
    Refusal::Denied(application.resource.clone(), Explanation { reasons, remedies: Vec::new(), person: None })
}
