//! A running platform.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::rand;
use sekisho_capability::{Changes, Clock, Leases, Services, Tasks};
use sekisho_control_plane::administration::{self, Administration, OperationCall};
use sekisho_control_plane::{ControlPlane, now, sessions, world_owner};
use sekisho_devices::Devices;
use sekisho_gateway::{
    AssertionSigner, DecisionHost, GatewayConfig, GatewayParts, ListeningSocket, LocalHost, Page, RunningGateway,
    SessionActivity, SessionTransferTicket, system_clock,
};
use sekisho_identity::{FirstAdministrator, Identity};
use sekisho_ledger::{Ledger, LedgerError};
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{GroupId, Host, UserId};
use sekisho_portal::session_transfer;
use sekisho_store::{MasterKey, MasterKeyError, Store, StoreUrl};
use sekisho_web::{Site, refusal_page};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::certificates::Kept;
use super::keys::Keys;
use super::observe::{self, Observed, Observing};
use super::telemetry::Telemetry;
use super::upgrade::Predecessor;
use super::{data_dir, local};
use crate::capabilities::{self, State};
use crate::cli::Failure;
use crate::configuration::{Configuration, StoreSetting};

/// The variable that holds the master key when it is not in a file.
const MASTER_KEY_VARIABLE: &str = "SEKISHO_MASTER_KEY";
/// How many batches of session activity may wait.
const ACTIVITY_QUEUE: usize = 256;

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
    pub(super) gateway: RunningGateway,
    pub(super) certificates: Kept,
    pub(super) observing: Option<Observing>,
    pub(super) telemetry: Telemetry,
    pub(super) tasks: Tasks,
    administration: Administration,
}

impl Platform {
    /// Opens everything and starts it. The gateway's port is bound last. With a predecessor, its ledger and its sockets are
    /// taken over.
    pub(crate) async fn start(
        mut configuration: Configuration,
        mut predecessor: Option<&mut Predecessor>,
    ) -> Result<Self, Failure> {
        let configured = configuration.clone();
        data_dir::prepare(&configuration.data)?;
        let (telemetry, observers) = Telemetry::start(&configuration)?;
        let store = open_store(&configuration).await?;
        let keys = Keys::open(&store).await?;
        let ledger_folder = configuration.data.join("ledger");
        let open = || Ledger::open(&ledger_folder, configuration.domain.as_str(), keys.ledger).map_err(not_opened);
        let ledger = match &predecessor {
            Some(predecessor) => tokio::task::block_in_place(|| predecessor.hand_over_ledger(open))?,
            None => open()?,
        };
        write(&configuration.data.join("ledger.pub"), &format!("{}\n", ledger.public_key()))?;
        let mut inherited = predecessor.as_mut().map(|predecessor| predecessor.take_sockets()).unwrap_or_default();
        let config = gateway_config(&configuration);
        take_port(&mut configuration, &mut inherited.gateway)?;
        let operation = match configuration.operation_listen {
            Some(wanted) => Some((wanted, observe::listen(wanted, inherited.operation)?)),
            None => None,
        };

        let portal_origin = configuration.origin_of(&configuration.portal_host());
        let portal: Host = configuration.portal_host().parse().map_err(Failure::usage)?;
        let settings = sekisho_identity::Settings {
            portal: portal.clone(),
            port: configuration.browser_port(),
            name: "Sekisho".to_owned(),
        };
        let identity = Identity::open(store.clone(), ledger.clone(), settings, now()).await.map_err(Failure::failed)?;
        let devices = Devices::open(store.clone(), ledger.clone(), &portal_origin, configuration.agent_port, now())
            .await
            .map_err(Failure::failed)?;
        let authority_file = configuration.data.join("authority.pem");
        write(&authority_file, &devices.authority().server_ca_pem())?;

        let (publication, _) = world_owner::start(store.clone(), now).await.map_err(Failure::failed)?;
        let control_plane = ControlPlane {
            store,
            ledger,
            ledger_folder,
            publication,
            identity,
            devices,
            portal_origin: portal_origin.clone(),
            devices_origin: configuration.origin_of(&configuration.devices_host()),
            decisions_origin: configuration.origin_of(&configuration.decisions_host()),
        };
        let services = services(&control_plane)?;
        let activity = watch_sessions(&control_plane);
        let site = Site {
            world: control_plane.publication.world.clone(),
            store: control_plane.store.clone(),
            ledger: control_plane.ledger.clone(),
            cookie_key: keys.cookie.clone(),
            form_key: keys.form,
            portal,
            port: configuration.browser_port(),
            agent_port: configuration.agent_port,
            clock: system_clock(),
            activity: note(activity.clone()),
        };
        let signer = AssertionSigner::new(&keys.assertion, &portal_origin).map_err(Failure::failed)?;
        let certificates = Kept::start(&configuration, &control_plane, &services).await?;
        let token_uses = sekisho_api_tokens::TokenUses::default();
        let state = State { services, token_uses, acme: certificates.orders.clone() };
        let tasks = start_tasks(&state);
        let parts = GatewayParts {
            config: GatewayConfig { public_port: configuration.browser_port(), ..config },
            inherited: inherited.gateway,
            portal: site.portal.clone(),
            local: local_hosts(&configuration, &control_plane, &site)?,
            terminals: configuration.terminals_host().parse().map_err(Failure::usage)?,
            decisions: Some(DecisionHost {
                host: configuration.decisions_host().parse().map_err(Failure::usage)?,
                service: sekisho_decision_point::service(),
            }),
            world: control_plane.publication.world.clone(),
            control_plane_alive: control_plane.publication.alive.clone(),
            ledger: control_plane.ledger.clone(),
            certificates: Arc::clone(&certificates.certificates),
            devices: Arc::new(sekisho_devices::identify),
            cookie_key: keys.cookie,
            session_transfer: redeem_transfers(site),
            assertions: Arc::new(signer),
            pages: Some(refusal_pages()),
            activity,
            observers,
            clock: system_clock(),
        };
        let gateway = sekisho_gateway::start(parts).map_err(Failure::unavailable)?;
        let observed = Observed {
            metrics: Arc::clone(&gateway.metrics),
            control_plane: control_plane.clone(),
            tuning: Arc::clone(&gateway.tuning),
            certificate_until: certificates.until.clone(),
            state,
            tasks: tasks.list(),
            lost: telemetry.lost(),
            health: Arc::clone(&gateway.health),
        };
        let observing = operation.map(|(wanted, listener)| observe::serve(wanted, listener, observed)).transpose()?;
        let (asked, operations) = mpsc::channel(1);
        let socket = configuration.data.join("admin.sock");
        let administration = administration::serve(control_plane.clone(), asked, certificates.rows.clone(), &socket)
            .map_err(Failure::failed)?;
        Ok(Self {
            configuration,
            configured,
            control_plane,
            authority_file,
            operations,
            gateway,
            certificates,
            observing,
            telemetry,
            tasks,
            administration,
        })
    }

    /// The link for the first administrator, while nobody can sign in, or what became of it. What the console needs is made with it.
    pub(crate) async fn first_administrator(&self) -> Result<Option<String>, Failure> {
        let user: UserId = "admin".parse().map_err(Failure::failed)?;
        let group: GroupId = "administrators".parse().map_err(Failure::failed)?;
        let identity = &self.control_plane.identity;
        match identity.first_administrator(&user, &group, now()).await.map_err(Failure::failed)? {
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

    /// Waits until these hosts are served: the World leads to them and they have a certificate.
    pub(crate) async fn serves(&self, hosts: &[&str]) -> Result<(), Failure> {
        let mut served = self.certificates.served.clone();
        let all = |served: &BTreeSet<String>| hosts.iter().all(|host| served.contains(*host));
        served.wait_for(all).await.map_err(|_| Failure::failed("the certificates are no longer kept"))?;
        Ok(())
    }

    /// Stops accepting, ends what is open, closes the record and the store.
    pub(crate) async fn stop(mut self) {
        self.gateway.shutdown().await;
        self.telemetry.close().await;
        self.administration.stop().await;
        self.tasks.stop().await;
        self.control_plane.ledger.close().await;
        self.control_plane.store.close().await;
    }
}

/// What capabilities are given. The process takes leases under a random name.
fn services(control_plane: &ControlPlane) -> Result<Services, Failure> {
    let mut name = [0; 16];
    rand::fill(&mut name).map_err(|_| Failure::failed("the operating system gave no random bytes"))?;
    let (store, ledger, clock) = (control_plane.store.clone(), control_plane.ledger.clone(), Clock::new(now));
    let changes = Changes::new(store.clone(), ledger.clone());
    let leases = Leases::new(store.clone(), changes.clone(), clock.clone(), &hex::encode(name));
    Ok(Services { store, changes, ledger, world: control_plane.publication.world.clone(), clock, leases })
}

/// Starts the tasks of every capability.
fn start_tasks(state: &State) -> Tasks {
    let mut tasks = Tasks::new(state.services.leases.clone(), state.services.clock.clone());
    for capability in capabilities::ALL {
        tasks.start(state, capability.tasks);
    }
    tasks
}

/// Why the ledger was not opened, in terms of the configuration.
fn not_opened(error: LedgerError) -> Failure {
    match error {
        LedgerError::OtherLog { folder, found, wanted } => Failure::usage(format_args!(
            "`domain`: is `{wanted}`, and what {} records is of `{found}`: a platform keeps its domain; set it back, or begin with a new `data` folder",
            folder.display()
        )),
        LedgerError::InUse(_) => Failure::unavailable(error),
        other => Failure::failed(other),
    }
}

/// Checks the master key that is there; one that is not there is made at the start.
pub(super) fn check_master_key(configuration: &Configuration) -> Result<(), Failure> {
    let file = master_key_file(configuration);
    match master_key_in_environment() {
        Some(key) => drop(key.map_err(Failure::usage)?),
        None if file.exists() => drop(MasterKey::open(&file).map_err(Failure::usage)?),
        None => key_is_not_lost(configuration, &file)?,
    }
    Ok(())
}

/// That a database in the data folder is not without its master key: a new key would open nothing of it.
fn key_is_not_lost(configuration: &Configuration, key: &Path) -> Result<(), Failure> {
    let database = configuration.data.join("store.db");
    if configuration.store == StoreSetting::Embedded && !key.exists() && database.exists() {
        return Err(Failure::usage(format_args!(
            "the master key file {} is missing, and {} was sealed under it: put the copy of the key back, or name it as `master_key_file`",
            key.display(),
            database.display()
        )));
    }
    Ok(())
}

fn master_key_in_environment() -> Option<Result<MasterKey, MasterKeyError>> {
    let text = std::env::var(MASTER_KEY_VARIABLE).ok()?;
    Some(MasterKey::from_text(&text, &format!("the environment variable {MASTER_KEY_VARIABLE}")))
}

fn master_key_file(configuration: &Configuration) -> PathBuf {
    configuration.master_key_file.clone().unwrap_or_else(|| configuration.data.join("master.key"))
}

async fn open_store(configuration: &Configuration) -> Result<Store, Failure> {
    let key = match master_key_in_environment() {
        Some(key) => key,
        None => {
            let file = master_key_file(configuration);
            key_is_not_lost(configuration, &file)?;
            MasterKey::create_or_open(&file)
        }
    };
    let url = match &configuration.store {
        StoreSetting::Embedded => StoreUrl::Sqlite(configuration.data.join("store.db")),
        StoreSetting::Postgres(url) => StoreUrl::Postgres(url.clone()),
    };
    Store::open(&url, key.map_err(Failure::usage)?).await.map_err(Failure::unavailable)
}

/// Starts what ends idle sessions; the sender takes their activity.
fn watch_sessions(control_plane: &ControlPlane) -> mpsc::Sender<Vec<SessionActivity>> {
    let (noted, activity) = mpsc::channel(ACTIVITY_QUEUE);
    sessions::start(control_plane.identity.clone(), control_plane.publication.world.clone(), activity);
    noted
}

/// Notes one request at the portal. A full queue loses the note, never the request; the next request makes it again.
fn note(activity: mpsc::Sender<Vec<SessionActivity>>) -> sekisho_web::Activity {
    Arc::new(move |session, at| drop(activity.try_send(vec![(session, at)])))
}

/// The hosts that our own services answer: the portal with its console, the device API, and the terminals' sign-in.
fn local_hosts(
    configuration: &Configuration,
    control_plane: &ControlPlane,
    site: &Site,
) -> Result<Vec<LocalHost>, Failure> {
    let devices_host: Host = configuration.devices_host().parse().map_err(Failure::usage)?;
    Ok(vec![
        LocalHost {
            host: site.portal.clone(),
            client_certificate: ClientCertificate::None,
            service: local::service(pages(site, control_plane), Handle::current()),
        },
        LocalHost {
            host: devices_host,
            client_certificate: ClientCertificate::Optional,
            service: local::service(sekisho_devices::api(control_plane.devices.clone()), Handle::current()),
        },
        LocalHost {
            host: configuration.terminals_host().parse().map_err(Failure::usage)?,
            client_certificate: ClientCertificate::Optional,
            service: local::service(
                sekisho_terminal_sign_in::router(site.clone(), control_plane.identity.clone()),
                Handle::current(),
            ),
        },
    ])
}

/// The pages of the portal and of the console.
fn pages(site: &Site, control_plane: &ControlPlane) -> axum::Router {
    let (identity, devices) = (control_plane.identity.clone(), control_plane.devices.clone());
    let portal = sekisho_portal::Services { identity: identity.clone(), devices: devices.clone() };
    let console = sekisho_console::Services { identity, devices };
    sekisho_web::router(site, [sekisho_portal::routes().with(portal), sekisho_console::routes().with(console)])
}

/// Redeems the codes of session transfers for the gateway.
fn redeem_transfers(site: Site) -> sekisho_gateway::SessionTransfer {
    let runtime = Handle::current();
    Arc::new(move |code| {
        let (site, runtime) = (site.clone(), runtime.clone());
        Box::pin(async move {
            let transfer = runtime.spawn(async move { session_transfer::redeem(&site, code).await }).await.ok()??;
            Some(SessionTransferTicket {
                session: transfer.session,
                resource: transfer.resource,
                flow: transfer.flow,
                return_to: transfer.return_to,
                expires_at: transfer.expires_at,
            })
        })
    })
}

/// Refusals as the portal's pages show them.
fn refusal_pages() -> sekisho_gateway::PageRenderer {
    Arc::new(|view, language| {
        let html = refusal_page::html(view, language);
        Page { html, content_security_policy: refusal_page::content_security_policy(view) }
    })
}

pub(super) fn gateway_config(configuration: &Configuration) -> GatewayConfig {
    GatewayConfig {
        listen: vec![configuration.listen],
        redirect_listen: configuration.redirect_listen.into_iter().collect(),
        workers: configuration.workers.unwrap_or(0),
        public_port: configuration.browser_port(),
        world_lease: configuration.lease.to_std(),
        shadow_every: configuration.shadow_sample,
        upstreams_per_session: configuration.upstreams_per_session,
        connections: configuration.connections.unwrap_or(0),
        connections_per_address: configuration.connections_per_address,
        new_connections_per_address: configuration.new_connections_per_address,
        drain_timeout: configuration.drain.to_std(),
        ..GatewayConfig::default()
    }
}

/// Port 0 asks for a free one; it must be known before the first origin is written down.
fn take_port(configuration: &mut Configuration, inherited: &mut Vec<ListeningSocket>) -> Result<(), Failure> {
    let listen = configuration.listen;
    if listen.port() != 0 {
        return Ok(());
    }
    let is_for_it = |one: &&ListeningSocket| one.wanted == listen && !one.redirects;
    let address = match inherited.iter().find(is_for_it) {
        Some(one) => one.socket.local_addr(),
        None => {
            // The gateway goes on with this very socket, so nobody can take the port in between.
            let socket = ListeningSocket::bind(listen).map_err(Failure::unavailable)?;
            let address = socket.socket.local_addr();
            inherited.push(socket);
            address
        }
    };
    configuration.listen = address.map_err(Failure::unavailable)?;
    Ok(())
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::unavailable(format_args!("{}: {error}", path.display())))
}
