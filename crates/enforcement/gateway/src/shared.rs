//! What the workers of a gateway are made from. Nothing in it changes, apart from what has an owner elsewhere.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use sekisho_http_server::{ConnectionLimits, Phase};
use sekisho_ledger::Ledger;
use sekisho_model::Timestamp;
use sekisho_observation::Observers;
use sekisho_policy_enforcement::Site;
use sekisho_policy_information::World;
use sekisho_upstream::{Budget, Health, Names, Origins, Upstreams, most_upstreams};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::acceptor::Handshake;
use crate::activity::ActivityReporter;
use crate::admit::Decider;
use crate::assertion_signer::AssertionSigner;
use crate::assertions::Assertions;
use crate::callbacks::{Clock, PageRenderer, SessionActivity, SessionTransfer};
use crate::clients::Clients;
use crate::config::GatewayConfig;
use crate::connection_slots::ConnectionSlots;
use crate::current_world::CurrentWorld;
use crate::hosts::Hosts;
use crate::meter::{Meter, Metrics};
use crate::open_streams::OpenStreams;
use crate::parts::GatewayParts;
use crate::recorder::Recorder;
use crate::refuser::Refuser;
use crate::services::Services;
use crate::tuning::Tuning;
use crate::worker::Worker;

/// One search at a time takes a processor from the workers, however many are asked for; further ones wait for it.
const SEARCHES: usize = 1;

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) config: GatewayConfig,
    pub(crate) limits: Arc<ConnectionLimits>,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) services: Arc<Services>,
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) sources: Sources,
    pub(crate) outlets: Outlets,
    pub(crate) bounds: Bounds,
    pub(crate) phase: watch::Receiver<Phase>,
}

/// What decisions read besides the World.
pub(crate) struct Sources {
    pub(crate) clock: Clock,
    /// When the World was last confirmed.
    pub(crate) alive: watch::Receiver<Timestamp>,
    pub(crate) tuning: Arc<Tuning>,
}

/// Where what happens goes.
pub(crate) struct Outlets {
    pub(crate) ledger: Ledger,
    pub(crate) assertions: Arc<AssertionSigner>,
    pub(crate) pages: Option<PageRenderer>,
    pub(crate) session_transfer: SessionTransfer,
    pub(crate) activity: mpsc::Sender<Vec<SessionActivity>>,
    pub(crate) exposed: mpsc::Sender<String>,
    pub(crate) observers: Arc<Observers>,
    pub(crate) metrics: Arc<Metrics>,
}

/// What bounds connections, towards clients and towards resources.
pub(crate) struct Bounds {
    pub(crate) slots: Arc<ConnectionSlots>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) health: Arc<Health>,
    /// What the names of upstreams resolve to.
    pub(crate) names: Arc<Names>,
    /// Where the gateway itself listens: no tunnel leads there.
    pub(crate) listening: Vec<SocketAddr>,
    /// How many searches of the decision point run at once, beside the workers.
    pub(crate) searches: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(
        parts: GatewayParts,
        public_port: u16,
        phase: watch::Receiver<Phase>,
        listening: Vec<SocketAddr>,
    ) -> Self {
        let config = parts.config;
        let mut ports: Vec<u16> = listening.iter().map(SocketAddr::port).collect();
        ports.push(public_port);
        let tuning = Arc::new(Tuning::new(&config));
        let most_upstreams = most_upstreams(config.connections);
        let site = Site {
            local: parts.local.iter().map(|local| local.host.clone()).collect(),
            decision_point: parts.decisions.as_ref().map(|decisions| decisions.host.clone()),
            cookie_key: parts.cookie_key,
            ports,
        };
        Self {
            limits: Arc::new(config.connection_limits()),
            hosts: Arc::new(Hosts { portal: parts.portal, terminals: parts.terminals, public_port, site }),
            services: Arc::new(Services { local: parts.local, decision_point: parts.decisions }),
            handshake: Arc::new(Handshake {
                certificates: parts.certificates,
                devices: parts.devices,
                timeout: config.handshake_timeout,
            }),
            bounds: Bounds {
                slots: Arc::new(ConnectionSlots::new(&config, tuning.clone())),
                budget: Arc::new(Budget::new(most_upstreams, tuning.upstreams_per_session())),
                health: Arc::default(),
                names: Arc::default(),
                listening,
                searches: Arc::new(Semaphore::new(SEARCHES)),
            },
            sources: Sources { clock: parts.clock, alive: parts.control_plane_alive, tuning },
            outlets: Outlets {
                ledger: parts.ledger,
                assertions: parts.assertions,
                pages: parts.pages,
                session_transfer: parts.session_transfer,
                activity: parts.activity,
                exposed: parts.exposed,
                observers: Arc::new(parts.observers),
                metrics: Arc::default(),
            },
            config,
            phase,
        }
    }

    /// The worker of one thread, and the first World that it decides on.
    pub(crate) fn worker(&self, world: Arc<World>) -> Rc<Worker> {
        let Self { config, sources, outlets, bounds, hosts, .. } = self;
        let meter = Meter::default();
        let current =
            Rc::new(CurrentWorld::new(world, sources.alive.clone(), sources.tuning.clone(), sources.clock.clone()));
        let recorder = Rc::new(Recorder::new(outlets.ledger.clone(), sources.clock.clone()));
        let decider = Decider::new(
            current.clone(),
            recorder.clone(),
            meter.clone(),
            sources.tuning.clone(),
            config.memory,
            config.denials_per_session,
            hosts.portal_origin(),
        );
        let told = (outlets.pages.clone(), outlets.exposed.clone());
        Rc::new(Worker {
            decider,
            streams: Rc::new(OpenStreams::new(current.clone(), recorder.clone(), meter.clone())),
            clients: Clients::new(bounds.slots.clone()),
            refuser: Refuser::new(hosts.clone(), told, recorder.clone(), meter.clone()),
            upstreams: Upstreams {
                origins: Origins::new(bounds.health.clone(), bounds.names.clone()),
                names: bounds.names.clone(),
                budget: bounds.budget.clone(),
                config: config.pool(),
                own: bounds.listening.clone(),
            },
            assertions: Assertions::new(outlets.assertions.clone()),
            session_transfer: outlets.session_transfer.clone(),
            activity: ActivityReporter::new(outlets.activity.clone()),
            observers: outlets.observers.clone(),
            hosts: hosts.clone(),
            head_limits: self.limits.head,
            searches: bounds.searches.clone(),
            body_rate: self.limits.body_rate,
            metrics: (outlets.metrics.clone(), outlets.metrics.join()),
            current,
            recorder,
            meter,
        })
    }
}
