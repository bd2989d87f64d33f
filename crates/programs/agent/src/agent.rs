//! The running agent: the proof service on the loopback interface, and the reporter beside it.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sekisho_device_protocol::proof::PROOF_PORT;
use sekisho_device_protocol::report::Failing;
use sekisho_model::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::error::AgentError;
use crate::home::{Enrolment, Home};
use crate::isolation::Isolation;
use crate::loopback::Loopback;
use crate::reporter::Reporter;

/// How the agent runs.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// Where key and certificate are.
    pub data_dir: PathBuf,
    /// How often it reports when nothing changes.
    pub report_every: Duration,
    /// How often it looks at what it watches.
    pub watch_every: Duration,
    /// The port of the proof service on 127.0.0.1, 0 for a free one; by default the one that the platform named at enrolment.
    pub proof_port: Option<u16>,
    /// Whether this device's packet filter follows its posture.
    pub isolate: bool,
}

impl AgentConfig {
    /// The usual configuration for a folder: a report each minute, a look four times a second, the platform's port.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            report_every: Duration::from_secs(60),
            watch_every: Duration::from_millis(250),
            proof_port: None,
            isolate: false,
        }
    }
}

/// How the last report went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// How many reports were accepted since the start.
    pub reports: u64,
    /// When the last one was accepted.
    pub reported_at: Option<Timestamp>,
    /// Whether the device is compliant; unknown until a report is accepted.
    pub compliant: Option<bool>,
    /// The checks that fail.
    pub failing: Vec<Failing>,
    /// Why the last attempt failed, if it did.
    pub problem: Option<String>,
}

/// An agent that is ready to run.
pub struct Agent {
    enrolment: Enrolment,
    address: SocketAddr,
    listener: TcpListener,
    loopback: Loopback,
    reporter: Reporter,
    isolation: Option<Isolation>,
    status: watch::Receiver<Status>,
}

impl Agent {
    /// Reads the enrolment and opens the proof service's port.
    ///
    /// # Errors
    /// When the folder holds no usable enrolment, or the port is taken.
    pub async fn prepare(config: AgentConfig) -> Result<Self, AgentError> {
        let home = Home::new(&config.data_dir);
        let enrolment = home.enrolment()?;
        let port = config.proof_port.or(enrolment.agent_port).unwrap_or(PROOF_PORT);
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listen = |source| AgentError::Listen { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let loopback = Loopback::new(&enrolment, home.key()?, address.port());
        let (sender, status) = watch::channel(Status::default());
        let isolation = config
            .isolate
            .then(|| Isolation::new(&config.data_dir, enrolment.server.clone(), config.report_every, status.clone()));
        let reporter = Reporter::new(home, enrolment.clone(), &config, sender)?;
        Ok(Self { enrolment, address, listener, loopback, reporter, isolation, status })
    }

    /// Which device this is, and whom it reports to.
    #[must_use]
    pub const fn enrolment(&self) -> &Enrolment {
        &self.enrolment
    }

    /// Where the proof service listens.
    #[must_use]
    pub const fn proof_address(&self) -> SocketAddr {
        self.address
    }

    /// How the last report went; changes with every attempt.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Runs until `shutdown` is ready.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        tokio::select! {
            () = shutdown => {}
            () = self.loopback.serve(self.listener) => {}
            () = self.reporter.run() => {}
            () = follow(self.isolation) => {}
        }
    }
}

/// Keeps the packet filter, where that is wanted; otherwise waits for ever.
async fn follow(isolation: Option<Isolation>) {
    match isolation {
        Some(isolation) => isolation.run().await,
        None => std::future::pending().await,
    }
}

/// Prepares an agent and runs it until `shutdown` is ready.
///
/// # Errors
/// When the agent cannot be prepared.
pub async fn run(config: AgentConfig, shutdown: impl Future<Output = ()>) -> Result<(), AgentError> {
    Agent::prepare(config).await?.run(shutdown).await;
    Ok(())
}
