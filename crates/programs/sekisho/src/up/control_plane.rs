//! The services behind the gateway, and the capabilities over them.

use std::sync::Arc;

use sekisho_api::StandingCall;
use sekisho_api_tokens::TokenUses;
use sekisho_capability::{Changes, Entropy, Leases, Services, Tasks};
use sekisho_control_plane::capabilities::sessions::Sessions;
use sekisho_control_plane::{ControlPlane, OperationCall, world_owner};
use sekisho_data_folder::last_backup;
use sekisho_detection::Detection;
use sekisho_devices::Devices;
use sekisho_directory::{Directory, Endings};
use sekisho_editor::{Probed, UpstreamProbe};
use sekisho_events::Events;
use sekisho_federation::Federation;
use sekisho_find::Finder;
use sekisho_gateway::Certificates;
use sekisho_governance::Governance;
use sekisho_identity::{Identity, Settings};
use sekisho_name_lists::NameLists;
use sekisho_overview::Overview;
use sekisho_response::Responses;
use sekisho_threats::Threats;
use sekisho_upstream::{Trial, Tried};
use sekisho_vulnerabilities::Vulnerabilities;
use sekisho_workloads::Workloads;
use tokio::sync::mpsc;

use super::certificates;
use super::effects::effects;
use super::storage::Storage;
use crate::capabilities::{self, State};
use crate::cli::Failure;
use crate::configuration::Configuration;

/// Opens identity, devices and the World.
pub(super) async fn open(configuration: &Configuration, storage: &Storage) -> Result<ControlPlane, Failure> {
    let (store, ledger, clock) = (storage.store.clone(), storage.ledger.clone(), storage.clock.clone());
    let portal_origin = configuration.origin_of(&configuration.portal_host());
    let settings = Settings {
        portal: configuration.portal_host().parse().map_err(Failure::usage)?,
        port: configuration.browser_port(),
        name: "Sekisho".to_owned(),
    };
    let identity =
        Identity::open(store.clone(), ledger.clone(), settings, clock.now()).await.map_err(Failure::failed)?;
    let devices = Devices::open(store.clone(), ledger.clone(), &portal_origin, configuration.agent_port, clock.now());
    let devices = devices.await.map_err(Failure::failed)?;
    let world_clock = clock.clone();
    let (publication, _) =
        world_owner::start(store.clone(), move || world_clock.now()).await.map_err(Failure::failed)?;
    Ok(ControlPlane {
        store,
        ledger,
        clock,
        ledger_folder: storage.ledger_folder.clone(),
        publication,
        identity,
        devices,
        portal_origin,
        devices_origin: configuration.origin_of(&configuration.devices_host()),
        decisions_origin: configuration.origin_of(&configuration.decisions_host()),
    })
}

/// Opens the state of every capability, and starts its tasks. `shown` is where certificates are shown, `operations`
/// where operations on the process are asked for, `standing` where it is asked how it stands.
pub(super) async fn start_capabilities(
    configuration: &Configuration,
    control_plane: &ControlPlane,
    shown: &Arc<Certificates>,
    (operations, standing): (mpsc::Sender<OperationCall>, mpsc::Sender<StandingCall>),
) -> Result<(State, Tasks), Failure> {
    let (services, data) = (services(control_plane)?, configuration.data.clone());
    let mut tasks = Tasks::new(services.leases.clone(), services.clock.clone());
    let certificates = certificates::open(configuration, control_plane, &services, shown).await?;
    let api = sekisho_api::Services {
        control_plane: control_plane.clone(),
        terminals_origin: configuration.origin_of(&configuration.terminals_host()),
        certificates: certificates.rows(),
        operations,
        standing,
    };
    let identity = control_plane.identity.clone();
    let authority = control_plane.devices.authority().clone();
    let state = State {
        workloads: Workloads::new(services.clone(), authority, configuration.domain.as_str()),
        federation: Federation::new(services.clone(), identity, &control_plane.portal_origin),
        directory: Directory::new(services.clone(), endings(control_plane)),
        responses: Responses::new(services.clone(), effects(control_plane).map_err(Failure::failed)?),
        services,
        identity: control_plane.identity.clone(),
        devices: control_plane.devices.clone(),
        sessions: Sessions::new(control_plane.identity.clone()),
        acme: certificates.orders(),
        certificate_rows: certificates.rows(),
        certificates,
        finder: Finder::new(control_plane.publication.world.clone()),
        token_uses: TokenUses::default(),
        tasks: tasks.list(),
        threats: Threats::default(),
        name_lists: NameLists::new(configuration.dns_address()),
        vulnerabilities: Vulnerabilities::new(data.join("vulnerabilities")),
        detection: Detection::new(data.join("rules")),
        events: Events::new(data.join("events"), configuration.syslog_server()),
        governance: Governance::default(),
        overview: Overview::new(move || last_backup(&data)),
        control_plane: control_plane.clone(),
        upstream_probe: upstream_probe(configuration),
        api,
    };
    for capability in capabilities::ALL {
        tasks.start(&state, capability.tasks);
    }
    Ok((state, tasks))
}

/// What ends with an account that an identity provider disables or removes.
fn endings(control_plane: &ControlPlane) -> Endings {
    let (of_disabled, of_removed) = (control_plane.clone(), control_plane.clone());
    Endings {
        disabled: Arc::new(move |user, actor, now| {
            let acts = of_disabled.acts();
            Box::pin(async move { acts.by(actor, now).end_disabled(&user).await.map_err(|error| error.to_string()) })
        }),
        removed: Arc::new(move |user, actor, now| {
            let acts = of_removed.acts();
            Box::pin(async move { acts.by(actor, now).end_removed(&user).await.map_err(|error| error.to_string()) })
        }),
    }
}

/// Tries the address of an application for the pages, by the gateway's own rules.
fn upstream_probe(configuration: &Configuration) -> UpstreamProbe {
    let trial = Trial::new(std::iter::once(configuration.listen).chain(configuration.redirect_listen).collect());
    UpstreamProbe::new(move |resource| {
        let tried = trial.clone().run(resource);
        Box::pin(async {
            let Tried { nowhere, addresses, certificate } = tried.await;
            Probed { nowhere, addresses, certificate }
        })
    })
}

/// What every capability may use. The process takes leases under a random name.
fn services(control_plane: &ControlPlane) -> Result<Services, Failure> {
    let (store, ledger, clock) =
        (control_plane.store.clone(), control_plane.ledger.clone(), control_plane.clock.clone());
    let (changes, entropy) = (Changes::new(store.clone(), ledger.clone()), Entropy::system());
    let name = entropy.bytes::<16>().map_err(Failure::failed)?;
    let leases = Leases::new(store.clone(), changes.clone(), clock.clone(), &hex::encode(name.as_slice()));
    Ok(Services { store, changes, ledger, world: control_plane.publication.world.clone(), clock, entropy, leases })
}
