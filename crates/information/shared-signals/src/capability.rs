//! What shared signals contribute to the platform.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::Capability;
use sekisho_capability::metrics::counters;
use sekisho_model::documents::Kind;

use crate::SharedSignals;
use crate::acts::{SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET};

/// One kind, two acts, one metric. It does nothing by itself: it answers.
#[must_use]
pub const fn capability<S: AsRef<SharedSignals> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Transmitter],
        acts: &[SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET],
        metrics: metrics::<S>,
        ..Capability::named("shared-signals")
    }
}

fn metrics<S: AsRef<SharedSignals>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (received, refused) = state.as_ref().standings.counts();
    let counts = [([("outcome", "received")], received), ([("outcome", "refused")], refused)];
    let text = "Requests with events of transmitters, by whether they counted";
    counters(encoder, "sekisho_shared_signals", text, counts.into_iter())
}
