//! The services of our own that answer behind the gateway.

use sekisho_model::Host;
use sekisho_model::documents::ClientCertificate;

use crate::callbacks::LocalHost;
use crate::decisions::DecisionHost;

/// What answers on hosts of ours.
pub(crate) struct Services {
    /// The portal with its console, the device API, the terminals.
    pub(crate) local: Vec<LocalHost>,
    /// The decision point for enforcement points that are not ours.
    pub(crate) decision_point: Option<DecisionHost>,
}

impl Services {
    /// Whether the handshake for a host of ours asks for the device's certificate; `None` for a host that is not ours.
    pub(crate) fn client_certificate(&self, host: &Host) -> Option<ClientCertificate> {
        let local = self.local.iter().find(|local| local.host == *host).map(|local| local.client_certificate);
        let is_decision_point = || self.decision_point.as_ref().is_some_and(|point| point.host == *host);
        local.or_else(|| is_decision_point().then_some(ClientCertificate::Optional))
    }
}
