//! What federation contributes to the platform.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::Capability;
use sekisho_capability::metrics::counters;
use sekisho_model::documents::Kind;

use crate::Federation;
use crate::acts::{IDENTITY_PROVIDER_SECRET_SET, IDENTITY_PROVIDERS_READ};

/// The organisation's identity providers: their documents, the acts on them, and what their answers came to.
#[must_use]
pub const fn capability<S: AsRef<Federation>>() -> Capability<S> {
    Capability {
        kinds: &[Kind::IdentityProvider],
        acts: &[IDENTITY_PROVIDERS_READ, IDENTITY_PROVIDER_SECRET_SET],
        metrics: metrics::<S>,
        ..Capability::named("federation")
    }
}

fn metrics<S: AsRef<Federation>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let counted = state.as_ref().outcomes.borrow().clone();
    let outcomes = counted.into_iter().map(|(outcome, count)| ([("outcome", outcome)], count));
    counters(encoder, "sekisho_federated_sign_ins", "Answers of identity providers, by outcome", outcomes)
}
