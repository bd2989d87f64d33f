//! The record: decisions and the ledger that holds them.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Readiness, Services};

use crate::acts::table::{DECISIONS_READ, LEDGER_READ};

/// The ledger: looking at it and at the decisions in it, how many entries it has, and whether it takes more.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability {
        acts: &[DECISIONS_READ, LEDGER_READ],
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("ledger")
    }
}

fn metrics<S: AsRef<Services>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let entries = usize::try_from(state.as_ref().ledger.size()).unwrap_or(usize::MAX);
    gauge(encoder, "sekisho_ledger_entries", "Entries of the ledger", entries)
}

/// What cannot be recorded is not permitted: the platform must not be sent requests.
fn ready<S: AsRef<Services>>(state: &S) -> Readiness {
    match state.as_ref().ledger.is_sound() {
        true => Readiness::Ready,
        false => Readiness::Unready("the ledger takes no entries".to_owned()),
    }
}
