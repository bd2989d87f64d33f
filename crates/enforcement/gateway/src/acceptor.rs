//! What accepts connections on one worker, and what its connections are served with.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sekisho_http_server::{ConnectionLimits, Phase};
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

/// What a TLS handshake needs.
pub(crate) struct Handshake {
    /// The server's certificates, and the authorities that device certificates are checked against.
    pub(crate) certificates: Arc<Certificates>,
    /// Reads device certificates.
    pub(crate) devices: DeviceReader,
    /// How long a handshake may take.
    pub(crate) timeout: Duration,
}
