//! What the gateway is given: everything outside itself that it calls.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use sekisho_http_server::BodyError;
use sekisho_ledger::Ledger;
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{Host, Language, PresentedDevice, ResourceId, SessionId, Timestamp};
use sekisho_observation::Observers;
use sekisho_policy_enforcement::{CookieKey, RefusalView};
use sekisho_policy_information::World;
use tokio::sync::{mpsc, watch};

use crate::{AssertionSigner, Certificates, DecisionHost, GatewayConfig, ListeningSocket};

/// A request or response body, boxed.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// A service of our own behind the gateway: the portal with its console, the device API. Each request carries the extension
/// [`sekisho_model::Peer`].
pub type LocalService = Arc<dyn Fn(http::Request<Body>) -> BoxFuture<'static, http::Response<Body>> + Send + Sync>;

/// A host that one of our own services answers.
#[derive(Clone)]
pub struct LocalHost {
    /// The host.
    pub host: Host,
    /// Whether its TLS handshake asks for the device's certificate.
    pub client_certificate: ClientCertificate,
    /// The service.
    pub service: LocalService,
}

/// What a hand-over code stood for. Whoever redeems it must have consumed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffTicket {
    /// The session that is handed over.
    pub session: SessionId,
    /// The resource whose host may receive it.
    pub resource: ResourceId,
    /// SHA-256 of the flow cookie's 32 bytes: only the browser that began may finish.
    pub flow: [u8; 32],
    /// Where to go on: a path with its query.
    pub return_to: String,
    /// When the code stops being valid.
    pub expires_at: Timestamp,
}

/// Consumes a hand-over code (the 32 bytes in `/.sekisho/session?code=`), once.
pub type Handoff = Arc<dyn Fn([u8; 32]) -> BoxFuture<'static, Option<HandoffTicket>> + Send + Sync>;

/// A rendered page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTML document.
    pub html: String,
    /// Its `Content-Security-Policy`.
    pub content_security_policy: String,
}

/// Renders a refusal for a person. Without one, the gateway answers in plain text.
pub type PageRenderer = Arc<dyn Fn(&RefusalView, Language) -> Page + Send + Sync>;

/// Names the device of a client certificate (DER) that the TLS handshake verified.
pub type DeviceReader = Arc<dyn Fn(&[u8]) -> Option<PresentedDevice> + Send + Sync>;

/// The clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The last time that a session asked for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionActivity {
    /// Which session.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
}

/// Everything that [`crate::start`] needs.
pub struct GatewayParts {
    /// The settings.
    pub config: GatewayConfig,
    /// Listening sockets of the process before this one; empty at a first start.
    pub inherited: Vec<ListeningSocket>,
    /// The portal's host: where people are sent to sign in. It must be one of `local`.
    pub portal: Host,
    /// The hosts of our own services.
    pub local: Vec<LocalHost>,
    /// The terminals' host: the only one whose connections may ask for tunnels. It must be one of `local`.
    pub terminals: Host,
    /// The decision point for enforcement points that are not ours, if there is one.
    pub decisions: Option<DecisionHost>,
    /// The snapshot that decisions read.
    pub world: watch::Receiver<Arc<World>>,
    /// When the snapshot was last known to hold everything that is stored; it moves also when nothing changes. Decisions stop when
    /// it is older than [`GatewayConfig::world_lease`].
    pub control_plane_alive: watch::Receiver<Timestamp>,
    /// Where decisions are recorded before they are carried out.
    pub ledger: Ledger,
    /// The server's certificates, and the authorities that device certificates are checked against.
    pub certificates: Arc<Certificates>,
    /// Reads device certificates.
    pub devices: DeviceReader,
    /// The key under which session cookies are made and checked.
    pub cookie_key: CookieKey,
    /// Consumes hand-over codes.
    pub handoff: Handoff,
    /// Signs the assertions that upstreams get.
    pub assertions: Arc<AssertionSigner>,
    /// Renders refusals.
    pub pages: Option<PageRenderer>,
    /// Where batches of session activity go, about once a second. A full channel loses a batch, never a request.
    pub activity: mpsc::Sender<Vec<SessionActivity>>,
    /// Who is told of exchanges that are over.
    pub observers: Observers,
    /// The clock; [`system_clock`] outside tests.
    pub clock: Clock,
}

/// The system's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
