//! What a gateway is started with.

use std::sync::Arc;

use sekisho_ledger::Ledger;
use sekisho_model::{Host, Timestamp};
use sekisho_observation::Observers;
use sekisho_policy_enforcement::CookieKey;
use sekisho_policy_information::World;
use tokio::sync::{mpsc, watch};

use crate::assertion_signer::AssertionSigner;
use crate::callbacks::{Clock, DeviceReader, LocalHost, PageRenderer, SessionActivity, SessionTransfer};
use crate::certificates::Certificates;
use crate::config::GatewayConfig;
use crate::decisions::DecisionHost;
use crate::listeners::ListeningSocket;

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
    /// Consumes transfer codes.
    pub session_transfer: SessionTransfer,
    /// Signs the assertions that upstreams get.
    pub assertions: Arc<AssertionSigner>,
    /// Renders refusals.
    pub pages: Option<PageRenderer>,
    /// Where session activity goes: the first use of a session at once, others about once a second. A full channel loses a batch, never a request.
    pub activity: mpsc::Sender<Vec<SessionActivity>>,
    /// Where paths of our own hosts go that were in a request which was refused unserved, or which came without TLS. A full channel
    /// loses one, never a request.
    pub exposed: mpsc::Sender<String>,
    /// Who receives the observations of exchanges that are over.
    pub observers: Observers,
    /// The clock; [`crate::system_clock`] outside tests.
    pub clock: Clock,
}
