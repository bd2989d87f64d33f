//! Why a resource gave no answer.

use std::io;
use std::sync::Arc;

use sekisho_model::documents::Resource;
use sekisho_policy_enforcement::{BrokenAnswer, Refusal};

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// The resource has no upstream any more.
    NoUpstream,
    /// No connection could be made.
    Unreachable(io::Error),
    /// The resource has as many exchanges as it may have.
    Full,
    /// The session has as many exchanges as it may have.
    TooMany,
    /// As many connections to upstreams are open as may be.
    Exhausted,
    /// No answer began in time.
    TimedOut,
    /// What came was no answer, or the connection ended.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// The connection had been used before, and ended without a byte of an answer: the upstream may have closed it while it
    /// was idle.
    Died(Box<dyn std::error::Error + Send + Sync>),
}

impl NoAnswer {
    /// The refusal that stands for it towards the client. What only an operator can mend is logged.
    #[must_use]
    pub fn refusal(self, resource: Arc<Resource>) -> Refusal {
        match self {
            Self::NoUpstream => Refusal::NotServed(resource),
            Self::Unreachable(error) => {
                tracing::warn!(%error, resource = %resource.id, "an upstream is not reached");
                Refusal::UpstreamUnreachable(resource)
            }
            Self::Full => Refusal::UpstreamBusy(resource),
            Self::TooMany => Refusal::TooManyExchanges(resource),
            Self::Exhausted => {
                tracing::warn!(resource = %resource.id, "as many connections to upstreams are open as may be");
                Refusal::Exhausted(resource)
            }
            Self::TimedOut => Refusal::UpstreamTimedOut(resource),
            Self::Broken(error) | Self::Died(error) => {
                tracing::warn!(%error, resource = %resource.id, "an upstream gave no answer");
                Refusal::UpstreamBroken(resource, error.downcast_ref::<BrokenAnswer>().copied())
            }
        }
    }
}
