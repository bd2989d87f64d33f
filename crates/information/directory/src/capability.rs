//! What the directory contributes to the platform.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::Capability;
use sekisho_capability::metrics::gauge;
use sekisho_model::documents::Kind;

use crate::{Directory, acts};

/// One kind, four acts, one metric. It does nothing by itself: it answers.
#[must_use]
pub const fn capability<S: AsRef<Directory> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::DirectoryEntry],
        acts: acts::ALL,
        metrics: metrics::<S>,
        ..Capability::named("directory")
    }
}

fn metrics<S: AsRef<Directory>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let refused = state.as_ref().requests.last().iter().filter(|request| request.problem.is_some()).count();
    let text = "Provisioning requests that were refused, of the last 50 at this process";
    gauge(encoder, "sekisho_directory_requests_refused", text, refused)
}
