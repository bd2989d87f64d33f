//! Starting and stopping the gateway.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sekisho_policy_enforcement::{HeadLimits, Site};
use sekisho_policy_information::World;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use crate::accept::{Serves, accept};
use crate::places::Places;
use crate::worker::{Shared, Worker};
use crate::{GatewayConfig, GatewayParts, watch as reassess};

/// A running gateway. Dropping it does not stop it; [`RunningGateway::shutdown`] does.
#[derive(Debug)]
pub struct RunningGateway {
    /// The addresses that TLS is served on, with the ports that were taken.
    pub addresses: Vec<SocketAddr>,
    /// The addresses that redirect to HTTPS.
    pub redirect_addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    ended: Vec<oneshot::Receiver<()>>,
}

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {address}: {source}; free the port or set another one in `gateway.listen`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A worker thread could not be started.
    #[error("cannot start a worker: {0}")]
    Worker(#[from] io::Error),
    /// The configuration contradicts itself.
    #[error("{0}")]
    Configuration(String),
}

type Listener = (std::net::TcpListener, Serves);

/// Binds the listeners and starts the workers.
///
/// # Errors
/// [`StartError`] when an address cannot be bound or the configuration contradicts itself; nothing runs then.
pub fn start(parts: GatewayParts) -> Result<RunningGateway, StartError> {
    check(&parts)?;
    let workers = worker_count(&parts.config);
    let (listeners, addresses, redirect_addresses) = bind(&parts.config, workers)?;
    let (stop, stopping) = watch::channel(false);
    let public_port = match (parts.config.public_port, addresses.first()) {
        (0, Some(first)) => first.port(),
        (port, _) => port,
    };
    let worlds = parts.world.clone();
    let shared = Arc::new(share(parts, public_port, stopping, [&*addresses, &*redirect_addresses].concat()));
    let mut ended = Vec::with_capacity(workers);
    for (number, listeners) in listeners.into_iter().enumerate() {
        let (shared, worlds) = (shared.clone(), worlds.clone());
        let (end, has_ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(format!("gateway-{number}")).spawn(move || {
            LocalSet::new().block_on(&runtime, work(shared, worlds, listeners));
            let _ = end.send(());
        })?;
        ended.push(has_ended);
    }
    Ok(RunningGateway { addresses, redirect_addresses, stop, ended })
}

impl RunningGateway {
    /// Stops accepting, lets open exchanges end within the configured time, cuts what is left, and returns.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for ended in self.ended {
            let _ = ended.await;
        }
    }
}

fn check(parts: &GatewayParts) -> Result<(), StartError> {
    if !parts.local.iter().any(|local| local.host == parts.portal) {
        return Err(StartError::Configuration(format!(
            "`{}` is the portal's host, but no service answers it",
            parts.portal
        )));
    }
    if !parts.local.iter().any(|local| local.host == parts.terminals) {
        return Err(StartError::Configuration(format!(
            "`{}` is the terminals' host, but no service answers it",
            parts.terminals
        )));
    }
    if parts.config.listen.is_empty() {
        return Err(StartError::Configuration("`gateway.listen` is empty: name at least one address".to_owned()));
    }
    Ok(())
}

pub(crate) fn worker_count(config: &GatewayConfig) -> usize {
    match config.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        workers => workers,
    }
}

fn share(parts: GatewayParts, public_port: u16, stopping: watch::Receiver<bool>, listening: Vec<SocketAddr>) -> Shared {
    let config = parts.config;
    let places = Arc::new(Places::new(&config));
    let mut ports: Vec<u16> = listening.iter().map(SocketAddr::port).collect();
    ports.push(public_port);
    Shared {
        limits: HeadLimits {
            bytes: config.head_limit,
            fields: config.field_limit,
            target: config.target_limit,
            ..HeadLimits::default()
        },
        config,
        portal: parts.portal,
        terminals: parts.terminals,
        public_port,
        site: Site {
            local: parts.local.iter().map(|local| local.host.clone()).collect(),
            cookie_key: parts.cookie_key,
            ports,
        },
        local: parts.local,
        ledger: parts.ledger,
        certificates: parts.certificates,
        devices: parts.devices,
        handoff: parts.handoff,
        assertions: parts.assertions,
        pages: parts.pages,
        activity: parts.activity,
        clock: parts.clock,
        alive: parts.control_plane_alive,
        places,
        stopping,
        listening,
    }
}

/// One set of listeners for each worker: the system spreads connections over sockets that share a port.
#[expect(clippy::type_complexity, reason = "three lists that are taken apart at once")]
fn bind(
    config: &GatewayConfig,
    workers: usize,
) -> Result<(Vec<Vec<Listener>>, Vec<SocketAddr>, Vec<SocketAddr>), StartError> {
    let mut listeners: Vec<Vec<Listener>> = (0..workers).map(|_| Vec::new()).collect();
    let mut bind_all = |wanted: &[SocketAddr], serves| -> Result<Vec<SocketAddr>, StartError> {
        let mut bound = Vec::new();
        for wanted in wanted {
            let mut address = *wanted;
            is_free(address).map_err(|source| StartError::Bind { address, source })?;
            for worker in &mut listeners {
                let listener = listen(address).map_err(|source| StartError::Bind { address, source })?;
                // The first takes a free port where none was named; the others share it.
                address = listener.local_addr()?;
                worker.push((listener, serves));
            }
            bound.push(address);
        }
        Ok(bound)
    };
    let addresses = bind_all(&config.listen, Serves::Everything)?;
    let redirects = bind_all(&config.redirect_listen, Serves::Redirects)?;
    Ok((listeners, addresses, redirects))
}

/// Sharing a port is for our own workers: one that another program listens on, another Sekisho too, is taken.
fn is_free(address: SocketAddr) -> io::Result<()> {
    let alone = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    alone.set_reuse_address(true)?;
    alone.bind(&address.into())?;
    alone.listen(1)
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

async fn work(shared: Arc<Shared>, mut worlds: watch::Receiver<Arc<World>>, listeners: Vec<Listener>) {
    let mut stopping = shared.stopping.clone();
    let patience = shared.config.shutdown_timeout;
    let world = worlds.borrow_and_update().clone();
    let worker = Worker::new(shared, world);
    tokio::task::spawn_local(reassess::watch(worker.clone(), worlds));
    tokio::task::spawn_local(worker.clone().write_access());
    for (listener, serves) in listeners {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => {
                tokio::task::spawn_local(accept(worker.clone(), listener, serves));
            }
            Err(error) => tracing::error!(%error, "a listener could not be used"),
        }
    }
    let _ = stopping.wait_for(|stopping| *stopping).await;
    let end = Instant::now() + patience;
    while worker.open.get() > 0 && Instant::now() < end {
        sleep(Duration::from_millis(20)).await;
    }
    worker.flush_access();
    worker.record_refused();
    worker.report_activity();
}
