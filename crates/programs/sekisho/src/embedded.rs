//! A platform inside another program, on loopback and with the default settings. The demonstration is that program.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use sekisho_control_plane::{ControlPlane, Desired};
use sekisho_model::Span;

use crate::configuration::{Configuration, DnsSetting, StoreSetting};
use crate::up::{self, Platform};

pub use crate::cli::{AdminClient, Failure, line, run_line};

/// A running platform whose gateway listens on 127.0.0.1 and whose domain is `localhost`.
pub struct Embedded {
    platform: Platform,
    folder: PathBuf,
}

impl Embedded {
    /// Starts a platform that keeps everything in `folder`. Port 0 takes a free one. `agent_port` is where the page that proves a
    /// device looks for the agent.
    ///
    /// # Errors
    /// When the folder cannot be used or the port cannot be bound.
    pub async fn start(folder: &Path, port: u16, agent_port: u16) -> Result<Self, Failure> {
        Self::start_with(folder, configuration(folder, port, agent_port)?).await
    }

    /// The same with a resolver over HTTPS, which asks a DNS server on this machine.
    ///
    /// # Errors
    /// As [`Embedded::start`].
    pub async fn with_resolver(folder: &Path, port: u16, agent_port: u16, server: SocketAddr) -> Result<Self, Failure> {
        let dns = DnsSetting { listen: None, servers: vec![format!("tcp://{server}")], trust: None };
        let configuration = Configuration { dns: Some(dns), ..configuration(folder, port, agent_port)? };
        Self::start_with(folder, configuration).await
    }

    async fn start_with(folder: &Path, configuration: Configuration) -> Result<Self, Failure> {
        let mut platform = Platform::start(configuration, None).await?;
        // There is no configuration file to read again, and no binary to upgrade to.
        platform.operations.close();
        Ok(Self { platform, folder: folder.to_owned() })
    }

    /// The services behind the platform.
    #[must_use]
    pub const fn control_plane(&self) -> &ControlPlane {
        &self.platform.control_plane
    }

    /// The PEM file with the authority of the portal's certificate.
    #[must_use]
    pub fn authority_file(&self) -> &Path {
        &self.platform.authority_file
    }

    /// The origin at which browsers reach a host.
    #[must_use]
    pub fn origin_of(&self, host: &str) -> String {
        self.platform.configuration.origin_of(host)
    }

    /// The path of every page of the portal's host, console included, with its parameters in braces.
    #[must_use]
    pub fn pages(&self) -> Vec<&'static str> {
        self.platform.pages()
    }

    /// A client of the administration API.
    #[must_use]
    pub fn admin(&self) -> AdminClient {
        AdminClient::local(self.folder.join("admin.sock"))
    }

    /// Waits until these hosts are served: the World leads to them and they have a certificate.
    ///
    /// # Errors
    /// When the platform no longer keeps certificates.
    pub async fn serves(&self, hosts: &[&str]) -> Result<(), Failure> {
        self.platform.serves(hosts).await
    }

    /// Stops accepting, cuts what is open, closes the ledger and the store.
    pub async fn stop(self) {
        self.platform.stop().await;
    }
}

/// The documents of one TOML text, as `sekisho apply` reads them. `file` is only named in errors.
///
/// # Errors
/// A text that names the file, the line and the fix.
pub fn toml_documents(file: &Path, text: &str) -> Result<Vec<Desired>, String> {
    sekisho_command_line::folder::toml_documents(file, text)
}

/// Starts the log at `level` (`SEKISHO_LOG` overrides it) and runs `work` on the runtime of a platform.
///
/// # Errors
/// Those of `work`, and of the runtime.
pub fn run_with_log<T>(level: &str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    up::start_log_at(level);
    up::runtime()?.block_on(work)
}

/// Waits for SIGINT or SIGTERM.
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn wait_for_signal() -> Result<(), Failure> {
    up::wait_for_signal().await
}

fn configuration(folder: &Path, port: u16, agent_port: u16) -> Result<Configuration, Failure> {
    Ok(Configuration {
        data: folder.to_owned(),
        domain: "localhost".parse().map_err(Failure::failed)?,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        redirect_listen: None,
        public_port: None,
        store: StoreSetting::Embedded,
        master_key_file: None,
        certificate: None,
        acme: None,
        workers: None,
        shadow_sample: 1,
        upstreams_per_session: 256,
        connections: None,
        connections_per_address: 256,
        new_connections_per_address: 100,
        agent_port,
        lease: Span::from_seconds(60),
        clock_bound: Span::from_minutes(10),
        disk_warning: 1024,
        operation_hosts: Vec::new(),
        operation_listen: None,
        access_log: None,
        traces: None,
        syslog: None,
        dns: None,
        drain: Span::from_seconds(10),
    })
}
