//! The addresses of one resource, and which of them serves the next exchange.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use sekisho_model::ResourceId;
use sekisho_model::documents::Upstream;
use sekisho_model::facts::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::PoolConfig;
use crate::endpoint_lease::EndpointLease;
use crate::health::{Health, Mark};
use crate::http1::Connection;
use crate::http2::Shared;
use crate::names::{Found, Names, places};
use crate::no_answer::NoAnswer;
use crate::tls;

/// Upstreams close idle connections after 5 seconds or more; ours are not offered to anybody for as long.
pub(crate) const LONGEST_IDLE: Duration = Duration::from_secs(4);
/// The longest that an address which failed is left alone while others serve.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The upstreams that this worker has had to do with.
pub struct Origins {
    health: Arc<Health>,
    names: Arc<Names>,
    by_resource: RefCell<foldhash::HashMap<Handle, Rc<Origin>>>,
}

/// Whether an idle connection will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// It will.
    Any,
    /// Only a new one will: the last one that was used again had died.
    Fresh,
}

/// One resource's upstream, with its connections.
pub(crate) struct Origin {
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) upstream: Arc<Upstream>,
    /// What its names resolved to when it was made, or looked at last; `None` where it has no names.
    found: RefCell<Option<Found>>,
    pub(crate) targets: Vec<Target>,
    pub(crate) tls: Option<Result<Arc<ClientConfig>, String>>,
    pub(crate) most_idle: usize,
    most_exchanges: u32,
    exchanges: Cell<u32>,
    turn: Cell<usize>,
}

/// One address.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) exchanges: Cell<u32>,
    failures: Cell<u32>,
    rests_until: Cell<Option<Instant>>,
    /// What its health checks found, where there are any.
    mark: Option<Arc<Mark>>,
    /// Idle connections, each with the time since which it has been idle; the last used is used first.
    pub(crate) idle: RefCell<Vec<(Box<Connection>, Instant)>>,
    /// Connections that carry many exchanges at once.
    pub(crate) shared: RefCell<Vec<Rc<Shared>>>,
    /// Somebody opens such a connection: others wait for it.
    pub(crate) opening: Cell<bool>,
    pub(crate) opened: Notify,
}

impl Origins {
    /// No connections yet.
    #[must_use]
    pub fn new(health: Arc<Health>, names: Arc<Names>) -> Self {
        Self { health, names, by_resource: RefCell::default() }
    }

    /// The connections of a resource; new ones when its document has another upstream than before, or its names other
    /// addresses.
    pub(crate) fn of(
        &self,
        resource: Handle,
        id: &ResourceId,
        upstream: &Arc<Upstream>,
        config: &PoolConfig,
    ) -> Rc<Origin> {
        let mut by_resource = self.by_resource.borrow_mut();
        let known = by_resource.get(&resource).filter(|known| Arc::ptr_eq(&known.upstream, upstream));
        if let Some(known) = known.filter(|known| known.is_where_it_was(&self.names)) {
            return known.clone();
        }
        let mark = |address: &SocketAddr| upstream.health.is_some().then(|| self.health.mark(id, *address));
        let origin = Rc::new(Origin::new(upstream.clone(), config, &self.names, mark));
        by_resource.insert(resource, origin.clone());
        origin
    }

    /// Drops connections that have been idle for too long.
    pub fn prune(&self) {
        for origin in self.by_resource.borrow().values() {
            for target in &origin.targets {
                let mut idle = target.idle.borrow_mut();
                idle.retain_mut(|(connection, since)| since.elapsed() < LONGEST_IDLE && connection.is_quiet());
                drop(idle);
                target.shared.borrow_mut().retain(|shared| {
                    shared.forget_resets();
                    !shared.is_over()
                });
            }
        }
    }
}

impl Origin {
    pub(crate) fn new(
        upstream: Arc<Upstream>,
        config: &PoolConfig,
        names: &Names,
        mark: impl Fn(&SocketAddr) -> Option<Arc<Mark>>,
    ) -> Self {
        let tls = upstream.tls.as_ref().map(|tls| tls::client_config(tls, upstream.protocol));
        let is_named = upstream.addresses.iter().any(|address| address.name().is_some());
        let found = is_named.then(|| names.found());
        let places = places(&upstream, found.as_ref().unwrap_or(&Found::default()));
        let target = |address: &SocketAddr| Target {
            address: *address,
            exchanges: Cell::new(0),
            failures: Cell::new(0),
            rests_until: Cell::new(None),
            mark: mark(address),
            idle: RefCell::default(),
            shared: RefCell::default(),
            opening: Cell::new(false),
            opened: Notify::new(),
        };
        Self {
            connect_timeout: upstream.connect_timeout().unwrap_or(config.connect_timeout),
            response_timeout: upstream.response_timeout().unwrap_or(config.response_timeout),
            targets: places.iter().map(target).collect(),
            found: RefCell::new(found),
            tls,
            most_idle: config.most_idle,
            most_exchanges: upstream.most_exchanges.map_or(u32::MAX, |most| share(most.get(), config)),
            exchanges: Cell::new(0),
            turn: Cell::new(0),
            upstream,
        }
    }

    /// Whether its names still resolve to the addresses that it has.
    fn is_where_it_was(&self, names: &Names) -> bool {
        let mut seen = self.found.borrow_mut();
        let Some(seen) = &mut *seen else { return true };
        let found = names.found();
        if Arc::ptr_eq(seen, &found) {
            return true;
        }
        let same = places(&self.upstream, &found).iter().eq(self.targets.iter().map(|target| &target.address));
        *seen = found;
        same
    }

    /// Leases an address for one exchange of a person: the one with the fewest, of those that are well and were not tried.
    pub(crate) fn choose(self: &Rc<Self>, tried: &mut u32, person: Handle) -> Result<EndpointLease, NoAnswer> {
        if self.exchanges.get() >= self.most_exchanges {
            return Err(NoAnswer::Full);
        }
        let now = Instant::now();
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let count = self.targets.len().max(1);
        let rank = |number: usize, target: &Target| {
            // Among equals, each in its turn.
            (target.is_left(now), target.exchanges.get(), number.wrapping_add(count).wrapping_sub(turn % count) % count)
        };
        let untried = self.targets.iter().enumerate().filter(|(number, _)| *tried & bit(*number) == 0);
        let best = untried.min_by_key(|(number, target)| rank(*number, target));
        let (number, target) = best.ok_or(NoAnswer::NoUpstream)?;
        *tried |= bit(number);
        target.exchanges.set(target.exchanges.get() + 1);
        self.exchanges.set(self.exchanges.get() + 1);
        Ok(EndpointLease::new(self.clone(), number, person))
    }

    /// A lease of that address for a health check, in the name of the resource itself.
    pub(crate) fn lease_of(self: &Rc<Self>, number: usize, resource: Handle) -> EndpointLease {
        if let Some(target) = self.targets.get(number) {
            target.exchanges.set(target.exchanges.get() + 1);
            self.exchanges.set(self.exchanges.get() + 1);
        }
        EndpointLease::new(self.clone(), number, resource)
    }

    /// Lets go of the connections to that address.
    pub(crate) fn let_go(&self, number: usize) {
        if let Some(target) = self.targets.get(number) {
            target.shared.borrow_mut().clear();
        }
    }

    /// Whether there is an address that was not tried.
    pub(crate) fn has_others(&self, tried: u32) -> bool {
        (0..self.targets.len()).any(|number| tried & bit(number) == 0)
    }

    /// An exchange at that address is over.
    pub(crate) fn leave(&self, number: usize) {
        self.exchanges.set(self.exchanges.get().saturating_sub(1));
        if let Some(target) = self.targets.get(number) {
            target.exchanges.set(target.exchanges.get().saturating_sub(1));
        }
    }
}

impl Target {
    pub(crate) fn is_resting(&self, now: Instant) -> bool {
        self.rests_until.get().is_some_and(|until| now < until)
    }

    /// Whether others are preferred: it rests, or its health checks fail. Where that is so of all, it is tried all the same.
    fn is_left(&self, now: Instant) -> bool {
        self.is_resting(now) || self.mark.as_ref().is_some_and(|mark| mark.is_ill())
    }

    /// A connection could not be made: others are preferred for a while, longer each time.
    pub(crate) fn failed(&self) {
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        let rest = Duration::from_secs(1 << failures.min(5)).min(LONGEST_REST);
        self.rests_until.set(Some(Instant::now() + rest));
    }

    pub(crate) fn is_well(&self) {
        self.failures.set(0);
        self.rests_until.set(None);
    }
}

/// The bit of an address; documents have at most 32.
const fn bit(number: usize) -> u32 {
    if number < 32 { 1 << number } else { 0 }
}

/// One worker's share of what a resource may have, at least one.
fn share(most: u16, config: &PoolConfig) -> u32 {
    let workers = u32::try_from(config.workers).unwrap_or(1).max(1);
    u32::from(most).div_ceil(workers)
}
