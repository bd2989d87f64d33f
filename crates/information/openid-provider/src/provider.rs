//! The handle to the provider.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sekisho_capability::Services;
use sekisho_devices::Limiter;
use sekisho_identity::Identity;
use sekisho_model::Span;
use tokio::sync::watch;

/// Requests of one network to the token endpoint at once; then one each [`ASKED_EVERY`].
const ASKED_AT_ONCE: u16 = 600;
const ASKED_EVERY: Span = Span::from_millis(50);

/// The OpenID provider. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct OpenIdProvider {
    pub(crate) services: Services,
    pub(crate) identity: Identity,
    /// The portal's origin: the issuer.
    pub(crate) issuer: Arc<str>,
    /// Requests to the token endpoint, per network.
    pub(crate) asks: Arc<Limiter>,
    /// How many answers came to what.
    pub(crate) outcomes: watch::Sender<BTreeMap<&'static str, u64>>,
}

impl OpenIdProvider {
    /// The provider behind the portal with this origin.
    #[must_use]
    pub fn new(services: Services, identity: Identity, portal_origin: &str) -> Self {
        Self {
            services,
            identity,
            issuer: Arc::from(portal_origin),
            asks: Arc::new(Limiter::new(ASKED_AT_ONCE, ASKED_EVERY)),
            outcomes: watch::Sender::default(),
        }
    }

    /// Counts what an answer came to.
    pub(crate) fn count(&self, outcome: &'static str) {
        self.outcomes.send_modify(|counts| *counts.entry(outcome).or_default() += 1);
    }
}

impl fmt::Debug for OpenIdProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenIdProvider")
    }
}
