//! Health checks: one worker asks the addresses of those resources whose document wants it, and all of them see the answer.
//!
//! A check is nobody's request: it carries no identity and no assertion, is no access, and of its answer only the status
//! counts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use sekisho_model::ResourceId;
use sekisho_model::documents::{HealthCheck, Resource, Upstream};
use sekisho_model::facts::Handle;
use sekisho_policy_information::World;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::forward::probe;
use crate::upstream::Origin;
use crate::worker::Worker;

/// What is known of the addresses, shared by all workers.
#[derive(Debug, Default)]
pub struct Health(Mutex<HashMap<(ResourceId, SocketAddr), Arc<Mark>>>);

/// Whether one address is known to be ill.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    ill: AtomicBool,
    /// How many check it: two for a moment while its document changes, and nobody any more once that is gone.
    checked: AtomicU32,
}

impl Health {
    /// The mark of an address. Whoever asks for the same gets the same.
    pub(crate) fn mark(&self, resource: &ResourceId, address: SocketAddr) -> Arc<Mark> {
        self.lock().entry((resource.clone(), address)).or_default().clone()
    }

    /// How many addresses of each checked resource are ill.
    #[must_use]
    pub fn unhealthy(&self) -> HashMap<ResourceId, u64> {
        let mut all = HashMap::new();
        for ((resource, _), mark) in self.lock().iter().filter(|(_, mark)| mark.checked.load(Ordering::Relaxed) > 0) {
            *all.entry(resource.clone()).or_default() += u64::from(mark.is_ill());
        }
        all
    }

    /// Forgets what nobody looks at any more.
    fn forget(&self) {
        self.lock().retain(|_, mark| Arc::strong_count(mark) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ResourceId, SocketAddr), Arc<Mark>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    pub(crate) fn is_ill(&self) -> bool {
        self.ill.load(Ordering::Relaxed)
    }
}

/// Asks what the World wants asked, until the worker ends.
pub(crate) async fn check(worker: Rc<Worker>, mut worlds: watch::Receiver<Arc<World>>) {
    let mut running: HashMap<Handle, Running> = HashMap::new();
    loop {
        let world = worlds.borrow_and_update().clone();
        let wanted = |handle: &Handle| world.resource(*handle).and_then(|resource| resource.upstream.clone());
        running
            .retain(|handle, running| wanted(handle).is_some_and(|upstream| Arc::ptr_eq(&upstream, &running.upstream)));
        for (handle, resource) in world.resources() {
            let Some(upstream) = resource.upstream.as_ref().filter(|upstream| upstream.health.is_some()) else {
                continue;
            };
            running.entry(handle).or_insert_with(|| Running::start(&worker, (handle, resource.clone()), upstream));
        }
        drop(world);
        worker.shared.health.forget();
        if worlds.changed().await.is_err() {
            return;
        }
    }
}

/// The checks of one resource.
struct Running {
    upstream: Arc<Upstream>,
    task: AbortHandle,
}

impl Running {
    fn start(worker: &Rc<Worker>, (handle, resource): (Handle, Arc<Resource>), upstream: &Arc<Upstream>) -> Self {
        let (worker, checked) = (worker.clone(), upstream.clone());
        let task = tokio::task::spawn_local(async move {
            let Some(check) = &checked.health else { return };
            let origin = Rc::new(Origin::new(checked.clone(), &worker.shared.config, |_| None));
            let addresses = checked.addresses.iter().enumerate();
            let each = addresses.map(|(number, address)| {
                let mark = worker.shared.health.mark(&resource.id, *address);
                mark.checked.fetch_add(1, Ordering::Relaxed);
                let patient = Patient {
                    mark,
                    worker: worker.clone(),
                    handle,
                    resource: resource.clone(),
                    address: *address,
                    streak: 0,
                };
                patient.follow(origin.clone(), number, check)
            });
            join_all(each).await;
        });
        Self { upstream: upstream.clone(), task: task.abort_handle() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One address, as its checks find it.
struct Patient {
    mark: Arc<Mark>,
    worker: Rc<Worker>,
    handle: Handle,
    resource: Arc<Resource>,
    address: SocketAddr,
    /// So many answers in a row that speak against what is marked.
    streak: u8,
}

impl Patient {
    /// Follows it for as long as its document wants that.
    async fn follow(mut self, origin: Rc<Origin>, number: usize, check: &HealthCheck) {
        let mut every = interval(check.every());
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let asked = probe(&origin, number, &self.worker.shared.budget, (self.handle, &*self.resource), check);
            if let Some(found) = asked.await {
                self.takes(found, check);
            }
        }
    }

    fn takes(&mut self, found: Result<(), String>, check: &HealthCheck) {
        let is_ill = self.mark.is_ill();
        if found.is_err() == is_ill {
            self.streak = 0;
            return;
        }
        self.streak = self.streak.saturating_add(1);
        let enough = if is_ill { check.healthy_after() } else { check.unhealthy_after() };
        if self.streak < enough {
            return;
        }
        self.streak = 0;
        self.mark.ill.store(!is_ill, Ordering::Relaxed);
        let (resource, address) = (&self.resource.id, self.address);
        match found {
            Ok(()) => tracing::info!(%resource, %address, "an address of an upstream is well again"),
            Err(why) => {
                tracing::warn!(%resource, %address, why, "an address of an upstream is not well; it is left while another is")
            }
        }
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        if self.mark.checked.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.mark.ill.store(false, Ordering::Relaxed);
        }
    }
}
