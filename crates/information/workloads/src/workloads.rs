//! The handle to workloads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sekisho_authority::Authority;
use sekisho_capability::Services;
use sekisho_devices::Limiter;
use sekisho_federation::Issuers;
use sekisho_model::documents::{Kind, Workload};
use sekisho_model::{Span, WorkloadId};
use tokio::sync::watch;

use crate::refusal::Refusal;

/// Requests of one network to the token endpoint at once; then one each [`ASKED_EVERY`].
const ASKED_AT_ONCE: u16 = 60;
const ASKED_EVERY: Span = Span::from_millis(500);

/// Workloads and their credentials. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct Workloads {
    pub(crate) services: Services,
    pub(crate) authority: Authority,
    pub(crate) issuers: Issuers,
    /// The trust domain of SPIFFE IDs: the domain of the platform.
    pub(crate) trust_domain: Arc<str>,
    /// Requests to the token endpoint, per network.
    pub(crate) asks: Arc<Limiter>,
    /// How many requests to the token endpoint came to what.
    pub(crate) outcomes: watch::Sender<BTreeMap<&'static str, u64>>,
}

/// A workload with the revision of its document.
pub(crate) struct Stored {
    pub(crate) workload: Workload,
    pub(crate) revision: u64,
}

impl Workloads {
    /// Workloads whose certificates are of this authority, with SPIFFE IDs in this trust domain.
    #[must_use]
    pub fn new(services: Services, authority: Authority, trust_domain: &str) -> Self {
        Self {
            services,
            authority,
            issuers: Issuers::default(),
            trust_domain: Arc::from(trust_domain),
            asks: Arc::new(Limiter::new(ASKED_AT_ONCE, ASKED_EVERY)),
            outcomes: watch::Sender::default(),
        }
    }

    /// What a workload's certificates say that it is.
    pub(crate) fn spiffe_id(&self, workload: &WorkloadId) -> String {
        format!("spiffe://{}/workload/{workload}", self.trust_domain)
    }

    /// A workload as it is stored.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::Unavailable`].
    pub(crate) async fn stored(&self, id: &WorkloadId) -> Result<Stored, Refusal> {
        let document = self.services.store.get(Kind::Workload, id.as_str()).await?.ok_or(Refusal::Unknown)?;
        let revision = document.revision;
        match serde_json::from_value(document.body) {
            Ok(workload) => Ok(Stored { workload, revision }),
            Err(_) => Err(Refusal::Unknown),
        }
    }

    /// Counts what a request to the token endpoint came to.
    pub(crate) fn count(&self, outcome: &'static str) {
        self.outcomes.send_modify(|counts| *counts.entry(outcome).or_default() += 1);
    }
}

impl fmt::Debug for Workloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workloads")
    }
}

/// What an act on a workload is on.
pub(crate) fn target(workload: &WorkloadId) -> String {
    format!("workload/{workload}")
}
