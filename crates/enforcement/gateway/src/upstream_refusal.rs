//! The refusal that stands for an upstream without an answer, or for an exchange that was cut before its answer.

use sekisho_policy_enforcement::{Application, BrokenAnswer, Explanation, ReasonView, Refusal};
use sekisho_policy_engine::Reason;
use sekisho_upstream::NoAnswer;

/// The exchange was cut.
pub(crate) fn cut_off(application: &Application, reason: Reason) -> Refusal {
    let reasons = vec![ReasonView { code: reason.code, text: reason.text }];
    Refusal::Denied(application.resource.clone(), Explanation { reasons, remedies: Vec::new() })
}

/// The upstream gave no answer.
pub(crate) fn no_answer_refusal(application: &Application, no_answer: NoAnswer) -> Refusal {
    let resource = application.resource.clone();
    match no_answer {
        NoAnswer::NoUpstream => Refusal::NotServed(resource),
        NoAnswer::Unreachable(error) => {
            tracing::warn!(%error, resource = %resource.id, "an upstream is not reached");
            Refusal::UpstreamUnreachable(resource)
        }
        NoAnswer::Full => Refusal::UpstreamBusy(resource),
        NoAnswer::TooMany => Refusal::TooManyExchanges(resource),
        NoAnswer::Exhausted => {
            tracing::warn!(resource = %resource.id, "as many connections to upstreams are open as may be");
            Refusal::Exhausted(resource)
        }
        NoAnswer::TimedOut => Refusal::UpstreamTimedOut(resource),
        NoAnswer::Broken(error) | NoAnswer::Died(error) => {
            tracing::warn!(%error, resource = %resource.id, "an upstream gave no answer");
            Refusal::UpstreamBroken(resource, error.downcast_ref::<BrokenAnswer>().copied())
        }
    }
}
