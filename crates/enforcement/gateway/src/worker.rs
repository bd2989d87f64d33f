//! One worker: the state of one thread, and nothing that another thread could see.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use sekisho_http_server::{ConnectionLimits, Phase};
use sekisho_ledger::{AccessBatch, Ledger};
use sekisho_model::{AccessRequest, Host, Record, RequestId, SessionId, Timestamp, recorded_path};
use sekisho_observation::Observers;
use sekisho_policy_administrator::Streams;
use sekisho_policy_enforcement::{Refusal, Site};
use sekisho_policy_engine::Memory;
use sekisho_policy_information::World;
use sekisho_upstream::{Budget, Health, Origins, PoolConfig};
use tokio::sync::{Notify, mpsc, watch};

use crate::assertion_cache::AssertionCache;
use crate::connect::Carrying;
use crate::denials::Denials;
use crate::leavings::Leavings;
use crate::meter::{Metrics, Reading};
use crate::places::Places;
use crate::refused::Refused;
use crate::registration::Cutter;
use crate::strangers::Strangers;
use crate::tuning::Tuning;
use crate::{
    AssertionSigner, Certificates, Clock, DecisionHost, DeviceReader, GatewayConfig, Handoff, LocalHost, PageRenderer,
    SessionActivity,
};

/// So long access events wait for others to be written with them.
const GATHERING: Duration = Duration::from_millis(1);
/// Room for the access events that wait, and how many bytes of it are filled when they wait no longer.
const ROOM: usize = 16 * 1024;
const MOST_GATHERED: usize = 14 * 1024;

/// What all workers share: nothing in it changes, apart from what has an owner elsewhere.
pub(crate) struct Shared {
    pub(crate) config: GatewayConfig,
    pub(crate) limits: ConnectionLimits,
    pub(crate) pool: PoolConfig,
    pub(crate) portal: Host,
    pub(crate) terminals: Host,
    pub(crate) public_port: u16,
    pub(crate) site: Site,
    pub(crate) local: Vec<LocalHost>,
    pub(crate) decisions: Option<DecisionHost>,
    pub(crate) ledger: Ledger,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) devices: DeviceReader,
    pub(crate) handoff: Handoff,
    pub(crate) assertions: Arc<AssertionSigner>,
    pub(crate) pages: Option<PageRenderer>,
    pub(crate) activity: mpsc::Sender<Vec<SessionActivity>>,
    pub(crate) clock: Clock,
    pub(crate) alive: watch::Receiver<Timestamp>,
    pub(crate) places: Arc<Places>,
    pub(crate) budget: Arc<Budget>,
    /// Where the gateway itself listens: no tunnel leads there.
    pub(crate) listening: Vec<SocketAddr>,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) tuning: Arc<Tuning>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) observers: Observers,
    pub(crate) health: Arc<Health>,
}

/// The state of one thread.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) origins: Origins,
    pub(crate) memory: RefCell<Memory>,
    pub(crate) streams: RefCell<Streams<Cutter>>,
    pub(crate) leavings: Leavings,
    pub(crate) assertions: RefCell<AssertionCache>,
    /// What the open tunnels carry.
    pub(crate) carrying: Carrying,
    pub(crate) open: Cell<usize>,
    /// Connections on which no live session was shown yet.
    pub(crate) strangers: Strangers,
    pub(crate) denials: RefCell<Denials>,
    pub(crate) refused: RefCell<Refused>,
    pub(crate) shadow_turn: Cell<u32>,
    /// What this worker counts.
    pub(crate) meter: RefCell<Reading>,
    number: usize,
    world: RefCell<Arc<World>>,
    access: RefCell<AccessBatch>,
    access_waits: Notify,
    access_taken: Cell<bool>,
    activity: RefCell<foldhash::HashMap<SessionId, Timestamp>>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, world: Arc<World>) -> Rc<Self> {
        Rc::new(Self {
            origins: Origins::new(shared.health.clone()),
            memory: RefCell::new(Memory::new(shared.config.memory)),
            streams: RefCell::new(Streams::new()),
            leavings: Leavings::default(),
            assertions: RefCell::default(),
            carrying: Carrying::default(),
            open: Cell::new(0),
            strangers: Strangers::default(),
            denials: RefCell::default(),
            refused: RefCell::default(),
            shadow_turn: Cell::new(0),
            meter: RefCell::default(),
            number: shared.metrics.join(),
            world: RefCell::new(world),
            access: RefCell::new(AccessBatch::with_capacity(ROOM)),
            access_waits: Notify::new(),
            access_taken: Cell::new(true),
            activity: RefCell::default(),
            shared,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// The newest World that this worker has seen.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.borrow().clone()
    }

    pub(crate) fn set_world(&self, world: Arc<World>) {
        *self.world.borrow_mut() = world;
    }

    /// Whether the control plane was heard of within the lease.
    pub(crate) fn lease_holds(&self, now: Timestamp) -> bool {
        self.shared.tuning.lease_holds(*self.shared.alive.borrow(), now)
    }

    /// Notes a request that a decision covers. All notes of a millisecond are one write.
    pub(crate) fn note(&self, method: &str, path: &str, request: &RequestId, decision: &RequestId, status: u16) {
        let mut access = self.access.borrow_mut();
        let first = access.is_empty();
        access.push(self.now(), request.as_str(), decision.as_str(), method, &recorded_path(path), status);
        if first {
            self.access_waits.notify_one();
        } else if access.bytes() >= MOST_GATHERED {
            drop(access);
            self.flush_access();
        }
    }

    /// Whether the last access events were taken. While they are not, remembered decisions cover nothing.
    pub(crate) fn access_is_taken(&self) -> bool {
        self.access_taken.get()
    }

    /// Writes access events, those of a millisecond in one batch, until the worker ends.
    pub(crate) async fn write_access(self: Rc<Self>) {
        loop {
            self.access_waits.notified().await;
            // Waking the record's thread costs as much as a fifth of a request: the next ones share it.
            tokio::time::sleep(GATHERING).await;
            self.flush_access();
        }
    }

    pub(crate) fn flush_access(&self) {
        let batch = self.access.borrow_mut().take();
        if batch.is_empty() {
            return;
        }
        let taken = self.shared.ledger.access(batch);
        if let Err(error) = &taken {
            tracing::error!(%error, "access events were not taken: requests are denied until they are");
        }
        self.access_taken.set(taken.is_ok());
    }

    /// Tries an empty hand-over after a failure, so that a ledger that recovered serves again.
    pub(crate) fn retry_access(&self) {
        if !self.access_taken.get() {
            self.access_taken.set(self.shared.ledger.access(AccessBatch::default()).is_ok());
        }
    }

    /// Records what has already happened (an end, a cut): nobody waits for it, and a failure is an alarm.
    pub(crate) fn record_later(&self, records: Vec<Record>) {
        let ledger = self.shared.ledger.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = ledger.append_all(records).await {
                tracing::error!(%error, "the end of a stream was not recorded");
            }
        });
    }

    /// Hands what was refused since the last time to the ledger, added up.
    pub(crate) fn record_refused(&self) {
        let records = self.refused.borrow_mut().take(self.now());
        if !records.is_empty() {
            self.record_later(records);
        }
    }

    /// Notes that a session was used.
    pub(crate) fn note_activity(&self, session: SessionId, now: Timestamp) {
        self.activity.borrow_mut().insert(session, now);
    }

    /// Hands the noted activity on.
    pub(crate) fn report_activity(&self) {
        let mut activity = self.activity.borrow_mut();
        if !activity.is_empty() {
            let batch = activity.drain().map(|(session, at)| SessionActivity { session, at }).collect();
            let _ = self.shared.activity.try_send(batch);
        }
    }

    /// The signed assertion for a permitted request.
    pub(crate) fn assertion(&self, world: &World, request: &AccessRequest) -> Result<HeaderValue, Refusal> {
        let signed = self.assertions.borrow_mut().get(&self.shared.assertions, world, request, self.now());
        signed.map_err(|error| {
            tracing::error!(%error, "an assertion could not be signed, so the request is refused");
            Refusal::NotRecorded
        })
    }

    /// Hands out what was counted.
    pub(crate) fn publish_meter(&self) {
        let mut reading = self.meter.borrow().clone();
        reading.open_connections = self.open.get() as u64;
        reading.open_streams = self.streams.borrow().len() as u64;
        self.shared.metrics.publish(self.number, reading);
    }
}

impl Shared {
    /// Where people prove their device.
    pub(crate) fn devices_page(&self) -> String {
        format!("{}/devices", self.portal_origin())
    }

    /// The portal's origin, as people type it.
    pub(crate) fn portal_origin(&self) -> String {
        self.origin_of(&self.portal)
    }

    /// The origin of a host of ours, as people type it.
    pub(crate) fn origin_of(&self, host: &Host) -> String {
        match self.public_port {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        }
    }
}

impl Drop for Worker {
    /// What broke off with the worker's end has events as well.
    fn drop(&mut self) {
        self.flush_access();
    }
}
