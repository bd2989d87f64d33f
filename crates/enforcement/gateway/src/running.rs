//! Starting and stopping the gateway.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use sekisho_http_server::Phase;
use sekisho_policy_administrator::drained;
use sekisho_policy_information::World;
use sekisho_upstream::{Health, HealthChecker, NameResolver};
use tokio::runtime::{self, LocalOptions};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};

use crate::accept::accept;
use crate::acceptor::Acceptor;
use crate::listeners::{Listeners, ListeningSocket, Serves};
use crate::meter::Metrics;
use crate::parts::GatewayParts;
use crate::reassess;
use crate::shared::Shared;
use crate::start_error::StartError;
use crate::tls_configs::TlsConfigs;
use crate::tuning::Tuning;
use crate::worker::Worker;

/// How long streams that are cut at the end may take to say so.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A running gateway. Dropping it does not stop it; [`RunningGateway::shutdown`] does.
#[derive(Debug)]
pub struct RunningGateway {
    /// The addresses that TLS is served on, with the ports that were taken.
    pub addresses: Vec<SocketAddr>,
    /// The addresses that redirect to HTTPS.
    pub redirect_addresses: Vec<SocketAddr>,
    /// What may change while it runs.
    pub tuning: Arc<Tuning>,
    /// What it counts.
    pub metrics: Arc<Metrics>,
    /// What it knows of the health of upstreams.
    pub health: Arc<Health>,
    /// For each worker, the revision of the World that it decides on: what is open was decided again on it.
    pub decides_on: Vec<watch::Receiver<u64>>,
    phase: watch::Sender<Phase>,
    kept: Vec<ListeningSocket>,
    ended: Vec<oneshot::Receiver<()>>,
}

/// Binds the listeners and starts the workers.
///
/// # Errors
/// [`StartError`] when an address cannot be bound or the configuration contradicts itself; nothing runs then.
pub fn start(mut parts: GatewayParts) -> Result<RunningGateway, StartError> {
    check(&parts)?;
    let workers = parts.config.worker_count();
    let inherited = std::mem::take(&mut parts.inherited);
    let Listeners { by_worker, addresses, redirects, kept } = Listeners::open(&parts.config, inherited, workers)?;
    let (phase, entered) = watch::channel(Phase::Serving);
    let public_port = match (parts.config.public_port, addresses.first()) {
        (0, Some(first)) => first.port(),
        (port, _) => port,
    };
    let worlds = parts.world.clone();
    let listening = [&*addresses, &*redirects].concat();
    let shared = Arc::new(Shared::new(parts, public_port, entered, listening));
    let (tuning, metrics) = (shared.sources.tuning.clone(), shared.outlets.metrics.clone());
    let health = shared.bounds.health.clone();
    let (mut ended, mut decides_on) = (Vec::with_capacity(workers), Vec::with_capacity(workers));
    for (number, listeners) in by_worker.into_iter().enumerate() {
        let (shared, worlds) = (shared.clone(), worlds.clone());
        let (end, has_ended) = oneshot::channel();
        let (made, is_made) = mpsc::sync_channel(1);
        let (seen, sees) = watch::channel(0);
        std::thread::Builder::new().name(format!("gateway-{number}")).spawn(move || {
            // It schedules the thread's tasks itself, and cannot leave the thread. A set of local tasks on a runtime that can
            // would be a second scheduler under the first.
            match runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default()) {
                Ok(runtime) => {
                    let _ = made.send(Ok(()));
                    runtime.block_on(work(shared, (worlds, seen), listeners, number == 0));
                    runtime.shutdown_background();
                    let _ = end.send(());
                }
                Err(error) => drop(made.send(Err(error))),
            }
        })?;
        is_made.recv().map_err(io::Error::other)??;
        ended.push(has_ended);
        decides_on.push(sees);
    }
    let redirect_addresses = redirects;
    Ok(RunningGateway { addresses, redirect_addresses, tuning, metrics, health, decides_on, phase, kept, ended })
}

impl RunningGateway {
    /// Stops accepting, lets open exchanges end within the configured time, cuts what is left, and returns.
    pub async fn shutdown(&mut self) {
        self.phase.send_replace(Phase::Stopping);
        self.ended().await;
    }

    /// Stops accepting, because a successor accepts from the same sockets. Open connections are served, each to the end of
    /// its next exchange; streams go on for the configured time. Wait with [`RunningGateway::ended`].
    pub fn drain(&mut self) {
        self.kept.clear();
        self.phase.send_replace(Phase::Draining);
    }

    /// Returns when nothing is open any more. May be cancelled.
    pub async fn ended(&mut self) {
        while let Some(ended) = self.ended.last_mut() {
            let _ = ended.await;
            self.ended.pop();
        }
    }

    /// Duplicates of the listening sockets, for a successor.
    ///
    /// # Errors
    /// When the system gives no more descriptors.
    pub fn sockets(&self) -> io::Result<Vec<ListeningSocket>> {
        let duplicate = |kept: &ListeningSocket| {
            let ListeningSocket { wanted, redirects, socket } = kept;
            Ok(ListeningSocket { wanted: *wanted, redirects: *redirects, socket: socket.try_clone()? })
        };
        self.kept.iter().map(duplicate).collect()
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
        return Err(StartError::Configuration("`listen` is empty: name at least one address".to_owned()));
    }
    Ok(())
}

async fn work(
    shared: Arc<Shared>,
    (mut worlds, seen): (watch::Receiver<Arc<World>>, watch::Sender<u64>),
    listeners: Vec<(std::net::TcpListener, Serves)>,
    is_first: bool,
) {
    let world = worlds.borrow_and_update().clone();
    let worker = shared.worker(world);
    if is_first {
        let (health, budget, names) =
            (shared.bounds.health.clone(), shared.bounds.budget.clone(), shared.bounds.names.clone());
        let resolver = NameResolver { names: names.clone(), servers: shared.config.dns_servers.clone() };
        tokio::task::spawn_local(resolver.run(worlds.clone()));
        let checker = HealthChecker { health, names, budget, config: worker.upstreams.config.clone() };
        tokio::task::spawn_local(checker.run(worlds.clone()));
    }
    tokio::task::spawn_local(reassess::follow(worker.clone(), worlds, seen));
    tokio::task::spawn_local(worker.recorder.clone().write_access());
    let acceptor = Rc::new(Acceptor {
        worker: worker.clone(),
        services: shared.services.clone(),
        handshake: shared.handshake.clone(),
        tls: TlsConfigs::default(),
        limits: shared.limits.clone(),
        phase: shared.phase.clone(),
    });
    for (listener, serves) in listeners {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => {
                tokio::task::spawn_local(accept(acceptor.clone(), listener, serves));
            }
            Err(error) => tracing::error!(%error, "a listener could not be used"),
        }
    }
    let mut phase = shared.phase.clone();
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    wait_until_idle(&shared, &worker).await;
    worker.recorder.flush_access();
    worker.recorder.record_refused();
    worker.activity.report();
}

/// Waits until nothing is open, for as long as the phase allows; what a drain leaves open ends with its reason.
async fn wait_until_idle(shared: &Shared, worker: &Worker) {
    let begun = Instant::now();
    let mut stopping_since = None;
    while worker.clients.open() > 0 {
        sleep(Duration::from_millis(20)).await;
        if *shared.phase.borrow() == Phase::Stopping {
            let since = *stopping_since.get_or_insert_with(Instant::now);
            if since.elapsed() > shared.config.shutdown_timeout {
                return;
            }
        } else if begun.elapsed() > shared.sources.tuning.drain() {
            worker.streams.end_all(&drained());
            let end = Instant::now() + LAST_WORDS;
            while worker.clients.open() > 0 && Instant::now() < end {
                sleep(Duration::from_millis(20)).await;
            }
            return;
        }
    }
}
