//! One gateway: it decides, keeps streams open, and cuts them, as `sekisho-gateway` does.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho_control_plane::{Publication, world_owner};
use sekisho_model::facts::EntityType;
use sekisho_model::{AccessRequest, Action, RequestId, RequestParts, Span, Timestamp};
use sekisho_policy_administrator::{Streams, lease_holds};
use sekisho_policy_engine::decide;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::database::{START, Way, session_id};

pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// How often what is open is looked at whatever happens.
const TICK: Duration = Duration::from_secs(1);

/// The clock of one machine.
#[derive(Clone)]
pub(crate) struct Clock {
    began: Instant,
    off_by_ms: Arc<AtomicI64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), off_by_ms: Arc::new(AtomicI64::new(0)) }
    }

    pub(crate) fn set(&self, off_by: Span) {
        self.off_by_ms.store(off_by.as_millis(), Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        START.plus(Span::from_millis(since + self.off_by_ms.load(Ordering::Relaxed)))
    }
}

/// A gateway whose processes may be killed and started again.
pub(crate) struct Gateway {
    pub(crate) way: Way,
    pub(crate) clock: Clock,
    running: Option<Running>,
    requests: u64,
}

struct Running {
    publication: Publication,
    streams: Arc<Mutex<Streams<u8>>>,
    tasks: [JoinHandle<()>; 2],
}

impl Gateway {
    pub(crate) const fn new(way: Way, clock: Clock) -> Self {
        Self { way, clock, running: None, requests: 0 }
    }

    /// Starts, if the database can be read and it does not run already.
    pub(crate) async fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let clock = self.clock.clone();
        let Ok((publication, owner)) = world_owner::start(self.way.clone(), move || clock.now()).await else { return };
        let streams = Arc::new(Mutex::new(Streams::new()));
        let watching = tokio::spawn(watch(publication.clone(), Arc::clone(&streams), self.clock.clone()));
        self.running = Some(Running { publication, streams, tasks: [owner, watching] });
    }

    /// Nothing of it is left.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.tasks.iter().for_each(JoinHandle::abort);
        }
    }

    /// Whether its lease holds, and its clock is right.
    pub(crate) fn is_sure(&self) -> bool {
        let right = self.clock.off_by_ms.load(Ordering::Relaxed) == 0;
        let confirmed = self.running.as_ref().map(|running| *running.publication.alive.borrow());
        right && confirmed.is_some_and(|confirmed| lease_holds(confirmed, LEASE, self.clock.now()))
    }

    /// Whether it permits a request now; what it permits stays open.
    pub(crate) fn permits(&mut self, account: u8) -> bool {
        let Some(running) = &self.running else { return false };
        let (now, world) = (self.clock.now(), Arc::clone(&running.publication.world.borrow()));
        if !lease_holds(*running.publication.alive.borrow(), LEASE, now) {
            return false;
        }
        let session = world.live_session(&session_id(account), now).cloned();
        let resource = world.facts().find(EntityType::Resource, "wiki");
        let (Some(session), Some(resource)) = (session, resource) else { return false };
        self.requests += 1;
        let request = AccessRequest::new(RequestParts {
            id: RequestId::new(format!("request-{}", self.requests)),
            device: world.device_of(None, &session, now),
            session,
            resource,
            action: Action::Read,
            network: world.network([192, 0, 2, 1].into()),
            http: None,
        });
        let decision = decide(world.policies(), &world, &request, now);
        let valid_until = decision.valid_until();
        let Ok(permit) = decision.into_permit() else { return false };
        let mut streams = running.streams.lock().unwrap();
        streams.open(&permit, valid_until, None, &world, now, account).is_ok()
    }

    /// Whose streams are open.
    pub(crate) fn open(&self) -> Vec<u8> {
        let streams = self.running.iter().map(|running| running.streams.lock().unwrap());
        streams.flat_map(|streams| streams.iter().map(|(.., account)| *account).collect::<Vec<_>>()).collect()
    }

    /// The revision of its World.
    pub(crate) fn revision(&self) -> Option<u64> {
        self.running.as_ref().map(|running| running.publication.world.borrow().revision())
    }
}

/// The worker's watch: every World and every second.
async fn watch(publication: Publication, streams: Arc<Mutex<Streams<u8>>>, clock: Clock) {
    let Publication { mut world, alive, .. } = publication;
    let mut seconds = interval(TICK);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            Ok(()) = world.changed() => {
                let world = Arc::clone(&world.borrow_and_update());
                streams.lock().unwrap().reassess(&world, clock.now());
            }
            _ = seconds.tick() => {
                let mut streams = streams.lock().unwrap();
                if lease_holds(*alive.borrow(), LEASE, clock.now()) {
                    streams.tick(&world.borrow(), clock.now());
                } else {
                    let open: Vec<_> = streams.iter().map(|(key, ..)| key).collect();
                    open.into_iter().for_each(|key| drop(streams.close(key)));
                }
            }
        }
    }
}
