//! Health checks of upstreams.
//!
//! A check is nobody's request: it carries no identity and no assertion, is no access, and of its answer only the status
//! counts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use sekisho_model::documents::{HealthCheck, Resource, Upstream};
use sekisho_model::facts::Handle;
use sekisho_policy_information::World;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::budget::Budget;
use crate::config::PoolConfig;
use crate::forward::probe;
use crate::health::{Health, Mark};
use crate::names::{Found, Names, places};
use crate::origin::Origin;

/// Runs the health checks of a gateway.
#[derive(Debug, Clone)]
pub struct HealthChecker {
    /// Where the findings go.
    pub health: Arc<Health>,
    /// What names resolve to.
    pub names: Arc<Names>,
    /// The bounds of connections: a check takes room like any connection.
    pub budget: Arc<Budget>,
    /// The settings of connections.
    pub config: PoolConfig,
}

impl HealthChecker {
    /// Checks the addresses of those resources whose documents want it, until the sender of the Worlds is gone.
    pub async fn run(self, mut worlds: watch::Receiver<Arc<World>>) {
        let checker = Rc::new(self);
        follow(&checker, &mut worlds).await;
    }
}

async fn follow(checker: &Rc<HealthChecker>, worlds: &mut watch::Receiver<Arc<World>>) {
    let mut running: HashMap<Handle, Running> = HashMap::new();
    let mut names = checker.names.follow();
    loop {
        let world = worlds.borrow_and_update().clone();
        let found = names.borrow_and_update().clone();
        let wanted = |handle: &Handle| world.resource(*handle).and_then(|resource| resource.upstream.clone());
        running.retain(|handle, running| wanted(handle).is_some_and(|upstream| running.is_of(&upstream, &found)));
        for (handle, resource) in world.resources() {
            let Some(upstream) = resource.upstream.as_ref().filter(|upstream| upstream.health.is_some()) else {
                continue;
            };
            running.entry(handle).or_insert_with(|| Running::start(checker, (handle, resource.clone()), upstream));
        }
        drop(world);
        checker.health.forget();
        tokio::select! {
            changed = worlds.changed() => if changed.is_err() { return },
            Ok(()) = names.changed() => {}
        }
    }
}

/// The checks of one resource.
struct Running {
    upstream: Arc<Upstream>,
    places: Vec<SocketAddr>,
    task: AbortHandle,
}

impl Running {
    fn start(
        checker: &Rc<HealthChecker>,
        (handle, resource): (Handle, Arc<Resource>),
        upstream: &Arc<Upstream>,
    ) -> Self {
        let (checker, checked) = (checker.clone(), upstream.clone());
        let origin = Rc::new(Origin::new(checked.clone(), &checker.config, &checker.names, |_| None));
        let places: Vec<SocketAddr> = origin.targets.iter().map(|target| target.address).collect();
        let addresses = places.clone();
        let task = tokio::task::spawn_local(async move {
            let Some(check) = &checked.health else { return };
            let each = addresses.iter().enumerate().map(|(number, address)| {
                let mark = checker.health.mark(&resource.id, *address);
                mark.checked.fetch_add(1, Ordering::Relaxed);
                let patient = Patient {
                    mark,
                    checker: checker.clone(),
                    handle,
                    resource: resource.clone(),
                    address: *address,
                    streak: 0,
                };
                patient.follow(origin.clone(), number, check)
            });
            join_all(each).await;
        });
        Self { upstream: upstream.clone(), places, task: task.abort_handle() }
    }

    fn is_of(&self, upstream: &Arc<Upstream>, found: &Found) -> bool {
        Arc::ptr_eq(upstream, &self.upstream) && places(upstream, found) == self.places
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
    checker: Rc<HealthChecker>,
    handle: Handle,
    resource: Arc<Resource>,
    address: SocketAddr,
    /// How many answers in a row contradict the mark.
    streak: u8,
}

impl Patient {
    /// Follows it for as long as its document wants that.
    async fn follow(mut self, origin: Rc<Origin>, number: usize, check: &HealthCheck) {
        let mut every = interval(check.every());
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let asked = probe(&origin, number, &self.checker.budget, (self.handle, &*self.resource), check);
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
