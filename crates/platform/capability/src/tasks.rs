//! Starts tasks, shows how they stand, and stops them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::task_status::StatusSender;
use crate::{Clock, Leases, TaskSpec, TaskStatus, Turns};

/// How the tasks of this process stand.
pub type TaskList = watch::Receiver<Vec<TaskStatus>>;

/// How long turns may take once the tasks stop.
const LAST_TURN: Duration = Duration::from_secs(2);

/// The tasks of this process. Dropping this ends them at once; [`Tasks::stop`] lets a turn end first.
#[derive(Debug)]
pub struct Tasks {
    status: watch::Sender<Vec<TaskStatus>>,
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
    leases: Leases,
    clock: Clock,
}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new(leases: Leases, clock: Clock) -> Self {
        let (status, stop) = (watch::Sender::new(Vec::new()), watch::Sender::new(false));
        Self { status, stop, running: JoinSet::new(), leases, clock }
    }

    /// Starts tasks. Call it inside a tokio runtime.
    pub fn start<S: Clone + 'static>(&mut self, state: &S, tasks: &'static [TaskSpec<S>]) {
        for task in tasks {
            let turns = Turns {
                name: task.name,
                every: task.every,
                scope: task.scope,
                leases: self.leases.clone(),
                clock: self.clock.clone(),
                status: StatusSender::new(task, self.status.clone()),
                stop: self.stop.subscribe(),
                wake: Arc::new(Notify::new()),
                backs_off: true,
                failures: 0,
                pause: Duration::ZERO,
            };
            self.running.spawn((task.run)(state.clone(), turns));
        }
    }

    /// How they stand.
    #[must_use]
    pub fn list(&self) -> TaskList {
        self.status.subscribe()
    }

    /// Begins no further turn, and returns when the turns that run have ended and the leases are given back, or after two seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.running.join_next().await.is_some() {} };
        // A turn that takes longer is dropped: what it writes, it writes in transactions.
        let _ = tokio::time::timeout(LAST_TURN, ended).await;
    }
}
