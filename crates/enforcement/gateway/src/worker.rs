//! One worker: the state of one thread, and nothing that another thread could see.

use std::rc::Rc;
use std::sync::Arc;

use sekisho_observation::Observers;
use sekisho_policy_enforcement::HeadLimits;
use sekisho_upstream::Upstreams;
use tokio::sync::Semaphore;

use crate::activity::ActivityReporter;
use crate::admit::Decider;
use crate::assertions::Assertions;
use crate::callbacks::SessionTransfer;
use crate::clients::Clients;
use crate::current_world::CurrentWorld;
use crate::hosts::Hosts;
use crate::meter::{Meter, Metrics};
use crate::open_streams::OpenStreams;
use crate::recorder::Recorder;
use crate::refuser::Refuser;

/// The state of one thread, by what it is for. Functions take the part that they use.
pub(crate) struct Worker {
    /// What is decided on.
    pub(crate) current: Rc<CurrentWorld>,
    /// Who decides.
    pub(crate) decider: Decider,
    /// Who records.
    pub(crate) recorder: Rc<Recorder>,
    /// What is open.
    pub(crate) streams: Rc<OpenStreams>,
    /// Who may hold a connection.
    pub(crate) clients: Clients,
    /// Who refuses.
    pub(crate) refuser: Refuser,
    /// Where the connections to resources are.
    pub(crate) upstreams: Upstreams,
    /// Who vouches to resources.
    pub(crate) assertions: Assertions,
    /// Consumes the codes by which the portal transfers a session to an application's host.
    pub(crate) session_transfer: SessionTransfer,
    /// When sessions were used.
    pub(crate) activity: ActivityReporter,
    /// Who receives observations.
    pub(crate) observers: Arc<Observers>,
    /// The names under which the gateway is reached.
    pub(crate) hosts: Arc<Hosts>,
    /// The limits of a head that a caller of the decision point states.
    pub(crate) head_limits: HeadLimits,
    /// How many searches may run now.
    pub(crate) searches: Arc<Semaphore>,
    /// The least bytes per second of a body, where a resource's document does not say.
    pub(crate) body_rate: u32,
    /// What this worker counts.
    pub(crate) meter: Meter,
    /// Where the counts go, and this worker's place there.
    pub(crate) metrics: (Arc<Metrics>, usize),
}

impl Worker {
    /// Hands out what was counted.
    pub(crate) fn publish_meter(&self) {
        let mut reading = self.meter.borrow().clone();
        reading.open_connections = self.clients.open() as u64;
        reading.open_streams = self.streams.len() as u64;
        let (metrics, number) = &self.metrics;
        metrics.publish(*number, reading);
    }
}
