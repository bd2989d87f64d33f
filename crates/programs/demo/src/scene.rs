//! The demo's stage: the platform, two applications behind it, and the agent that makes this machine its device.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sekisho::embedded::{AdminClient, Embedded, Failure};
use sekisho_agent::{Agent, AgentConfig, EnrolOptions, ServerTrust, enroll, enrolment, follow};
use sekisho_control_plane::now;
use sekisho_devices::NewDevice;
use sekisho_ledger::Report;
use sekisho_model::documents::Ownership;
use sekisho_model::{Actor, DeviceId, UserId};
use tokio::sync::oneshot;

use crate::organisation::{self, SignIn};
use crate::upstreams::{self, Application};

/// The device that this machine becomes.
const DEVICE: &str = "this-machine";
/// The port that the demo's device check forbids, unless something listens there already.
const FORBIDDEN_PORT: u16 = 47_474;
/// How often the demo's agent looks at what it watches.
const WATCH: Duration = Duration::from_millis(100);
/// The people of the demo, and what each is there to show.
pub(crate) const PEOPLE: [(&str, &str); 4] = [
    ("alice", "finance: wiki and payroll"),
    ("erin", "engineering: wiki only"),
    ("hana", "the helpdesk's console"),
    ("admin", "the whole console"),
];

/// A running demo.
pub(crate) struct Scene {
    folder: PathBuf,
    platform: Embedded,
    agent: SocketAddr,
    forbidden_port: u16,
    stop_agent: oneshot::Sender<()>,
}

impl Scene {
    /// Starts everything in a folder; port 0 takes a free one.
    pub(crate) async fn start(folder: &Path, port: u16, agent_port: u16, sign_in: SignIn) -> Result<Self, Failure> {
        let wiki = upstreams::start(Application::Wiki).await.map_err(Failure::unavailable)?;
        let payroll = upstreams::start(Application::Payroll).await.map_err(Failure::unavailable)?;
        let agent_port = if agent_port == 0 { free_port()? } else { agent_port };
        let forbidden_port = closed_port(port != 0)?;
        let names = upstreams::names().await.map_err(Failure::unavailable)?;
        let platform = Embedded::with_resolver(folder, port, agent_port, names).await?;
        let documents = organisation::documents(wiki, payroll, forbidden_port, sign_in).map_err(Failure::failed)?;
        let control_plane = platform.control_plane();
        let plan = control_plane.plan(&documents, false).await.map_err(Failure::failed)?;
        control_plane.execute(&plan, Actor::System).await.map_err(Failure::failed)?;
        control_plane.bootstrap().await.map_err(Failure::failed)?;
        platform.serves(&["wiki.localhost", "payroll.localhost", "archive.localhost"]).await?;
        let agent = prepare_agent(&platform, &folder.join("agent"), agent_port).await?;
        let address = agent.proof_address();
        let (stop_agent, stopped) = oneshot::channel::<()>();
        tokio::spawn(agent.run(async { drop(stopped.await) }));
        Ok(Self { folder: folder.to_owned(), platform, agent: address, forbidden_port, stop_agent })
    }

    /// The folder that holds everything.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The portal's origin.
    pub(crate) fn portal(&self) -> &str {
        &self.platform.control_plane().portal_origin
    }

    /// The path of every page of the portal.
    pub(crate) fn pages(&self) -> Vec<&'static str> {
        self.platform.pages()
    }

    /// The wiki's origin.
    pub(crate) fn wiki(&self) -> String {
        self.platform.origin_of("wiki.localhost")
    }

    /// Payroll's origin.
    pub(crate) fn payroll(&self) -> String {
        self.platform.origin_of("payroll.localhost")
    }

    /// The origin of the payroll archive, which opens for a time on request.
    pub(crate) fn archive(&self) -> String {
        self.platform.origin_of("archive.localhost")
    }

    /// The device that this machine is.
    pub(crate) const fn device(&self) -> &'static str {
        DEVICE
    }

    /// Where the agent answers the portal's page.
    pub(crate) const fn agent_address(&self) -> SocketAddr {
        self.agent
    }

    /// The port that the device check forbids.
    pub(crate) const fn forbidden_port(&self) -> u16 {
        self.forbidden_port
    }

    /// The file with the authority that browsers may be told to trust.
    pub(crate) fn authority_file(&self) -> &Path {
        self.platform.authority_file()
    }

    /// The command line's way to the platform.
    pub(crate) fn admin(&self) -> AdminClient {
        self.platform.admin()
    }

    /// The authority of the servers' certificates.
    pub(crate) fn server_roots(&self) -> Result<RootCertStore, Failure> {
        self.platform.control_plane().devices.authority().server_ca_roots().map_err(Failure::failed)
    }

    /// The same as PEM, for documents that name it.
    pub(crate) fn authority_text(&self) -> Result<String, Failure> {
        std::fs::read_to_string(self.authority_file()).map_err(Failure::failed)
    }

    /// A certificate of that authority for another host of this machine, and its key.
    pub(crate) fn server_certificate(
        &self,
        host: &str,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
        let authority = self.platform.control_plane().devices.authority();
        let issued = authority.issue_server(&[host], now()).map_err(Failure::failed)?;
        Ok((issued.chain, issued.key))
    }

    /// A one-time link with which a person sets up signing in.
    pub(crate) async fn enrolment_link(&self, user: &str) -> Result<String, Failure> {
        let control_plane = self.platform.control_plane();
        let user: UserId = user.parse().map_err(Failure::failed)?;
        let link = control_plane.identity.enrolment_link(&user, Actor::System, now()).await;
        Ok(control_plane.enrolment_url(&link.map_err(Failure::failed)?))
    }

    /// A link for each person who cannot sign in yet.
    pub(crate) async fn enrolment_links(&self) -> Result<Vec<(&'static str, &'static str, Option<String>)>, Failure> {
        let mut links = Vec::new();
        for (person, role) in PEOPLE {
            let user: UserId = person.parse().map_err(Failure::failed)?;
            let has = self.platform.control_plane().identity.authenticators(&user).await.map_err(Failure::failed)?;
            let link = if has.is_empty() { Some(self.enrolment_link(person).await?) } else { None };
            links.push((person, role, link));
        }
        Ok(links)
    }

    /// Checks the whole ledger as it is on the disk.
    pub(crate) async fn verify_ledger(&self) -> Result<Report, Failure> {
        let ledger = &self.platform.control_plane().ledger;
        ledger.checkpoint().await.map_err(Failure::failed)?;
        let (folder, key) = (self.platform.control_plane().ledger_folder.clone(), ledger.public_key().clone());
        let verified = tokio::task::spawn_blocking(move || sekisho_ledger::verify(&folder, &key, &[])).await;
        verified.map_err(Failure::failed)
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        // An agent that ended by itself has nobody to tell.
        let _ = self.stop_agent.send(());
        self.platform.stop().await;
    }
}

/// Enrols this machine at the first start, and readies its agent.
async fn prepare_agent(platform: &Embedded, home: &Path, proof_port: u16) -> Result<Agent, Failure> {
    let control_plane = platform.control_plane();
    let server = control_plane.devices_origin.parse().map_err(Failure::failed)?;
    if enrolment(home).is_ok() {
        // The demonstration may have started on another port this time.
        follow(home, server, control_plane.portal_origin.clone()).map_err(Failure::failed)?;
    } else {
        let id: DeviceId = DEVICE.parse().map_err(Failure::failed)?;
        let device = NewDevice {
            id,
            name: "This machine · このマシン".to_owned(),
            owner: Some("alice".parse().map_err(Failure::failed)?),
            ownership: Ownership::Corporate,
            platform: "linux".to_owned(),
            managed: true,
        };
        let token = control_plane.devices.create_token(device, Actor::System, now()).await.map_err(Failure::failed)?;
        let options = EnrolOptions {
            server,
            trust: ServerTrust::Pem(control_plane.devices.authority().server_ca_pem()),
            token: token.token,
            data_dir: home.to_owned(),
        };
        enroll(&options).await.map_err(Failure::failed)?;
    }
    let config = AgentConfig { watch_every: WATCH, proof_port: Some(proof_port), ..AgentConfig::new(home) };
    Agent::prepare(config).await.map_err(Failure::unavailable)
}

/// The port to forbid: the well-known one of the demo, or one that no other check on this machine opens. It lies below the
/// ports that the system gives out by itself, and nothing listens on it.
fn closed_port(well_known: bool) -> Result<u16, Failure> {
    let own = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap_or(0);
    let first = well_known.then_some(FORBIDDEN_PORT);
    let is_closed = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    first.into_iter().chain(own..own + 1000).find(is_closed).ok_or_else(|| Failure::unavailable("no port is free"))
}

fn free_port() -> Result<u16, Failure> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::unavailable)?;
    Ok(probe.local_addr().map_err(Failure::unavailable)?.port())
}
