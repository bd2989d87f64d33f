//! What accepts connections on one worker, and what its connections are served with.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sekisho_http_server::{ConnectionLimits, Phase};
use sekisho_model::Host;
use sekisho_policy_enforcement::HeadLimits;
use tokio::sync::watch;

use crate::callbacks::DeviceReader;
use crate::certificates::Certificates;
use crate::services::Services;
use crate::tls_configs::TlsConfigs;
use crate::worker::Worker;

/// Accepts for one worker.
pub(crate) struct Acceptor {
    pub(crate) worker: Rc<Worker>,
    pub(crate) services: Arc<Services>,
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) tls: TlsConfigs,
    pub(crate) limits: Arc<ConnectionLimits>,
    pub(crate) phase: watch::Receiver<Phase>,
}

/// The longest head on our own hosts. Applications of the domain can give a browser cookies that it sends there too: five of the
/// longest ones must shut nobody out.
const OWN_HEAD: usize = 64 * 1024;

impl Acceptor {
    /// The limits of a connection for that host: an application's document may say how long its heads are.
    pub(crate) fn limits_of(&self, host: Option<&Host>) -> Arc<ConnectionLimits> {
        let Some(host) = host else { return self.limits.clone() };
        let with = |bytes: usize, cookies: usize| {
            let head = HeadLimits { bytes, cookies, ..self.limits.head };
            Arc::new(ConnectionLimits { head, ..ConnectionLimits::clone(&self.limits) })
        };
        if self.worker.hosts.site.is_own(host) {
            let bytes = self.limits.head.bytes.max(OWN_HEAD);
            return with(bytes, bytes);
        }
        let world = self.worker.current.world();
        let resource = world.resource_by_host(host.as_str()).and_then(|handle| world.resource(handle));
        match resource.and_then(|resource| resource.requests.head_limit()) {
            Some(bytes) => with(bytes, bytes),
            None => self.limits.clone(),
        }
    }
}

/// What a TLS handshake needs.
pub(crate) struct Handshake {
    /// The server's certificates, and the authorities that device certificates are checked against.
    pub(crate) certificates: Arc<Certificates>,
    /// Reads device certificates.
    pub(crate) devices: DeviceReader,
    /// How long a handshake may take.
    pub(crate) timeout: Duration,
}
