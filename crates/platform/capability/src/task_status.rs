//! How the tasks of this process stand: what `/readyz`, the API and the console show.

use serde::Serialize;
use tokio::sync::watch;

use sekisho_model::Timestamp;

use crate::TaskSpec;

/// How one task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// The task's name.
    pub name: &'static str,
    /// What it does, in English and Japanese.
    #[serde(skip)]
    pub text: (&'static str, &'static str),
    /// Whether it works in this process: `true` unless another process holds its lease.
    pub here: bool,
    /// When a turn last succeeded here.
    pub last_success: Option<Timestamp>,
    /// When the next turn is to begin here; absent before the first turn has ended and while another process works.
    pub next: Option<Timestamp>,
    /// When the last turn failed here and why; absent once a later turn succeeded.
    pub failure: Option<TaskFailure>,
}

/// Why a task's last turn failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskFailure {
    /// When.
    pub at: Timestamp,
    /// Why. Never a secret.
    pub why: String,
}

/// What a task tells of a turn.
#[derive(Debug)]
pub(crate) enum Progress {
    Succeeded(Timestamp),
    Failed(Timestamp, String),
    Next(Timestamp),
    Elsewhere,
}

/// Where a task tells how it stands.
#[derive(Debug)]
pub(crate) struct StatusSender {
    name: &'static str,
    all: watch::Sender<Vec<TaskStatus>>,
}

impl StatusSender {
    /// A task's line in the list of all, not begun yet.
    pub(crate) fn new<S>(task: &TaskSpec<S>, all: watch::Sender<Vec<TaskStatus>>) -> Self {
        let (name, text) = (task.name, task.text);
        let status = TaskStatus { name, text, here: true, last_success: None, next: None, failure: None };
        all.send_modify(|all| all.push(status));
        Self { name, all }
    }

    pub(crate) fn tell(&self, progress: Progress) {
        self.all.send_modify(|all| {
            let Some(status) = all.iter_mut().find(|status| status.name == self.name) else { return };
            status.here = !matches!(progress, Progress::Elsewhere);
            match progress {
                Progress::Succeeded(at) => (status.last_success, status.failure) = (Some(at), None),
                Progress::Failed(at, why) => status.failure = Some(TaskFailure { at, why }),
                Progress::Next(at) => status.next = Some(at),
                Progress::Elsewhere => (status.next, status.failure) = (None, None),
            }
        });
    }
}
