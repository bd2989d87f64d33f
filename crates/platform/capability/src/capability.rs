//! What a capability contributes, as one value.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_model::documents::Kind;

use crate::{ActSpec, Readiness, TaskSpec};

/// What one capability contributes to the platform: values and function pointers, listed once in the program.
///
/// `S` is the platform's state. A capability names what it needs of it as bounds, for example `S: AsRef<Services> + AsRef<Acme>`, so that a
/// crate knows neither the platform nor other capabilities. Its pages are a second value, `sekisho_web::Pages`, because pages stand on this
/// crate.
pub struct Capability<S: 'static> {
    /// Its name, in lower case: the folder of its crate.
    pub name: &'static str,
    /// The kinds of documents that belong to it. Each kind belongs to exactly one capability.
    pub kinds: &'static [Kind],
    /// Its administrative acts. Each act belongs to exactly one capability.
    pub acts: &'static [ActSpec],
    /// Its periodic or woken work.
    pub tasks: &'static [TaskSpec<S>],
    /// Writes its metrics, for `/metrics`.
    pub metrics: fn(&S, &mut DescriptorEncoder<'_>) -> fmt::Result,
    /// Whether it can do its work, for `/readyz`.
    pub ready: fn(&S) -> Readiness,
}

impl<S> Capability<S> {
    /// A capability that contributes nothing: begin with it, and set what there is.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, kinds: &[], acts: &[], tasks: &[], metrics: |_, _| Ok(()), ready: |_| Readiness::Ready }
    }
}

impl<S> fmt::Debug for Capability<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capability({})", self.name)
    }
}
