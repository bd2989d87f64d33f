//! A capability's periodic or woken work, declared as data.

use std::pin::Pin;
use std::time::Duration;

use crate::Turns;

/// A task of a capability. The platform starts it once in each process.
pub struct TaskSpec<S: 'static> {
    /// Its stable name, `capability-work`: shown in `/readyz`, and the name of its lease.
    pub name: &'static str,
    /// What it does, in English and Japanese.
    pub text: (&'static str, &'static str),
    /// How long after one turn the next begins. A woken task begins earlier.
    pub every: Duration,
    /// In which processes it runs.
    pub scope: Scope,
    /// Its work: usually [`Turns::each`] with what one turn does.
    pub run: fn(S, Turns) -> Running,
}

/// A task that runs. It ends when the platform stops.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// In which processes on one store a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In each.
    Local,
    /// In one at a time: the one that holds the task's lease.
    Leased,
}
