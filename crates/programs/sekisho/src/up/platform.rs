//! A running platform.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sekisho_api::socket::{self, Socket};
use sekisho_capability::{Tasks, seal_ledger};
use sekisho_control_plane::{ControlPlane, OperationCall};
use sekisho_gateway::RunningGateway;
use sekisho_identity::FirstAdministrator;
use sekisho_model::{GroupId, UserId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::gateway::{self, Before, gateway_config};
use super::listening::Listening;
use super::observe::{self, Observed, Observing};
use super::resolver::Resolving;
use super::storage::Storage;
use super::storage::data_failure;
use super::telemetry::Telemetry;
use super::upgrade::Predecessor;
use super::{api, certificates, control_plane, pages, readiness};
use crate::capabilities::State;
use crate::cli::Failure;
use crate::configuration::Configuration;

/// A running platform.
pub(crate) struct Platform {
    /// Its configuration, with the port that was taken.
    pub(crate) configuration: Configuration,
    /// Its configuration as it was written.
    pub(super) configured: Configuration,
    /// Its services.
    pub(crate) control_plane: ControlPlane,
    /// The PEM file with the authority of the portal's certificate.
    pub(crate) authority_file: PathBuf,
    /// What its operators ask for.
    pub(crate) operations: mpsc::Receiver<OperationCall>,
    /// What its capabilities are given.
    pub(super) state: State,
    pub(super) gateway: RunningGateway,
    pub(super) observing: Option<Observing>,
    pub(super) resolving: Option<Resolving>,
    /// Answers the API how the process stands.
    answering: JoinHandle<()>,
    /// The free MiB below which readiness warns.
    pub(super) disk_warning: Arc<AtomicU64>,
    pub(super) telemetry: Telemetry,
    tasks: Tasks,
    socket: Socket,
}

impl Platform {
    /// Opens everything and starts it. The gateway's port is bound last. With a predecessor, its ledger and its sockets are
    /// taken over.
    pub(crate) async fn start(
        mut configuration: Configuration,
        predecessor: Option<&mut Predecessor>,
    ) -> Result<Self, Failure> {
        let configured = configuration.clone();
        sekisho_data_folder::prepare(&configuration.data).map_err(data_failure)?;
        let (telemetry, observers) = Telemetry::start(&configuration)?;
        let storage = Storage::open(&configuration, predecessor.as_deref()).await?;
        let config = gateway_config(&configuration);
        let listening = Listening::take(&mut configuration, predecessor)?;
        let control_plane = control_plane::open(&configuration, &storage).await?;
        let authority_file = configuration.data.join("authority.pem");
        super::write(&authority_file, &control_plane.devices.authority().server_ca_pem())?;
        let shown = certificates::listeners(&control_plane)?;
        let (asked, operations) = mpsc::channel(1);
        let (ask_standing, standing) = mpsc::channel(1);
        let asked = (asked, ask_standing);
        let (state, tasks) = control_plane::start_capabilities(&configuration, &control_plane, &shown, asked).await?;
        let api = api::router(&state, storage.keys.cookie.clone())?;
        let resolving = Resolving::start(&configuration, &control_plane, &state, &shown)?;
        let resolver = resolving.as_ref().map(Resolving::https);
        let before =
            Before { api: api.clone(), resolver, config, inherited: listening.gateway, certificates: shown, observers };
        let gateway = gateway::start(&configuration, (&control_plane, &state), storage.keys, before)?;
        let disk_warning = Arc::new(AtomicU64::new(configuration.disk_warning));
        let observed = Observed {
            metrics: Arc::clone(&gateway.metrics),
            control_plane: control_plane.clone(),
            tuning: Arc::clone(&gateway.tuning),
            state: state.clone(),
            lost: telemetry.lost(),
            health: Arc::clone(&gateway.health),
            disk_warning: Arc::clone(&disk_warning),
            hosts: configuration.operation_hosts.clone().into(),
        };
        let answering = tokio::spawn(readiness::answer(observed.clone(), standing));
        let operation = listening.operation;
        let observing = operation.map(|(wanted, listener)| observe::serve(wanted, listener, observed)).transpose()?;
        let socket = socket::serve(api, &configuration.data.join("admin.sock")).map_err(Failure::failed)?;
        Ok(Self {
            configuration,
            configured,
            control_plane,
            authority_file,
            operations,
            state,
            gateway,
            observing,
            resolving,
            answering,
            disk_warning,
            telemetry,
            tasks,
            socket,
        })
    }

    /// The link for the first administrator, while nobody can sign in, or what became of it. What the console needs is made with it.
    pub(crate) async fn first_administrator(&self) -> Result<Option<String>, Failure> {
        let user: UserId = "admin".parse().map_err(Failure::failed)?;
        let group: GroupId = "administrators".parse().map_err(Failure::failed)?;
        let identity = &self.control_plane.identity;
        match identity
            .first_administrator(&user, &group, self.control_plane.clock.now())
            .await
            .map_err(Failure::failed)?
        {
            FirstAdministrator::Invited { link, replaces } => {
                self.control_plane.bootstrap().await.map_err(Failure::failed)?;
                let link = self.control_plane.enrolment_url(&link);
                let replaces = if replaces { " (it replaces the one that was printed before)" } else { "" };
                Ok(Some(format!(
                    "Nobody can sign in yet. The first administrator opens this link, once, within 24 hours{replaces}:\n  {link}"
                )))
            }
            // Whoever made the link makes them.
            FirstAdministrator::InvitedElsewhere => Ok(Some(format!(
                "Nobody can sign in yet. Another Sekisho that starts on the same store has just printed the first administrator's \
                 link.\nIf nobody has it, make another one: sekisho user link {user}"
            ))),
            FirstAdministrator::Present => {
                self.control_plane.complete_parts().await.map_err(Failure::failed)?;
                Ok(None)
            }
        }
    }

    /// The path of every page of the portal's host.
    pub(crate) fn pages(&self) -> Vec<&'static str> {
        pages::paths(&self.state)
    }

    /// Waits until these hosts are served: the World leads to them and they have a certificate.
    pub(crate) async fn serves(&self, hosts: &[&str]) -> Result<(), Failure> {
        let mut served = self.state.certificates.served();
        let all = |served: &BTreeSet<String>| hosts.iter().all(|host| served.contains(*host));
        served.wait_for(all).await.map_err(|_| Failure::failed("the certificates are no longer kept"))?;
        Ok(())
    }

    /// Stops accepting, ends what is open, closes the record and the store.
    pub(crate) async fn stop(mut self) {
        self.state.overview.close();
        self.resolving.iter().for_each(Resolving::stop);
        self.gateway.shutdown().await;
        self.telemetry.close().await;
        self.socket.stop().await;
        self.answering.abort();
        self.tasks.stop().await;
        seal_last(&self.control_plane).await;
        self.control_plane.ledger.close().await;
        self.control_plane.store.close().await;
    }
}

/// Seals the ledger's last head in the store: what is cut off a stopped platform's ledger is noticed at its next start.
async fn seal_last(control_plane: &ControlPlane) {
    let ControlPlane { store, ledger, clock, .. } = control_plane;
    // Puts the seal of the last access events into the log first.
    if let Err(error) = ledger.checkpoint().await {
        tracing::warn!(%error, "the ledger was not published at the end");
    }
    if let Err(error) = seal_ledger(store, ledger, clock.now()).await {
        tracing::warn!(%error, "the ledger's last head was not sealed in the store");
    }
}
