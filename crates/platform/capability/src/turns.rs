//! The one loop that all tasks run in: it waits, takes the lease, works, and says how it went.

use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Span;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::task_status::{Progress, StatusSender};
use crate::{Clock, Entropy, Leases, Scope};

/// The longest time between two attempts of a task that fails, unless it runs less often anyhow.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// How much longer than its own time a failing task waits at the most.
const MOST_TIMES: u32 = 32;
/// How often a leased task that runs elsewhere looks whether the lease is free, at the most.
const LOOK_FOR_LEASE: Duration = Duration::from_secs(5);

/// The turns of one task.
#[derive(Debug)]
pub struct Turns {
    pub(crate) name: &'static str,
    pub(crate) every: Duration,
    pub(crate) scope: Scope,
    pub(crate) leases: Leases,
    pub(crate) clock: Clock,
    pub(crate) status: StatusSender,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) wake: Arc<Notify>,
    /// Whether it waits longer after failures.
    pub(crate) backs_off: bool,
    /// How many turns failed in a row.
    pub(crate) failures: u32,
    /// How long to wait before the next turn.
    pub(crate) pause: Duration,
}

impl Turns {
    /// Lets `wake` begin a turn at once. A notification while a turn runs begins another one after it.
    #[must_use]
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = wake;
        self
    }

    /// Waits no longer after a failure than after a success: for what takes access away, which must not be late once it is possible
    /// again.
    #[must_use]
    pub const fn without_back_off(mut self) -> Self {
        self.backs_off = false;
        self
    }

    /// Works turn by turn until the platform stops. After a failure the waiting time doubles, up to five minutes. A leased task works
    /// only while this process holds its lease; a turn whose lease is lost is dropped.
    pub async fn each<F: Future<Output = Result<(), E>>, E: std::fmt::Display>(mut self, mut work: impl FnMut() -> F) {
        while self.next().await {
            let outcome = match self.scope {
                Scope::Local => work().await.map_err(|error| error.to_string()),
                Scope::Leased => self.under_lease(work()).await,
            };
            self.ended(outcome);
        }
    }

    /// Waits for the next turn: the first begins at once. Returns `false` when the platform stops. For tasks with a state of their own,
    /// which call [`Turns::ended`] after each turn; others use [`Turns::each`].
    pub async fn next(&mut self) -> bool {
        loop {
            if self.is_stopped().await {
                if self.scope == Scope::Leased {
                    self.leases.give_back(self.name).await;
                }
                return false;
            }
            if self.scope == Scope::Local {
                return true;
            }
            match self.leases.take(self.name).await {
                Ok(true) => return true,
                Ok(false) => {
                    self.status.tell(Progress::Elsewhere);
                    self.pause = jittered(self.every.min(LOOK_FOR_LEASE));
                }
                Err(error) => self.ended(Err(error.to_string())),
            }
        }
    }

    /// Says how a turn went, which sets when the next one begins.
    pub fn ended(&mut self, outcome: Result<(), String>) {
        let now = self.clock.now();
        match outcome {
            Ok(()) => {
                self.failures = 0;
                self.status.tell(Progress::Succeeded(now));
            }
            Err(why) => {
                self.failures = self.failures.saturating_add(1);
                tracing::warn!(task = self.name, why, "a task failed; it is tried again");
                self.status.tell(Progress::Failed(now, why));
            }
        }
        let failures = if self.backs_off { self.failures } else { 0 };
        self.pause = jittered(back_off(self.every, failures));
        let pause = i64::try_from(self.pause.as_millis()).unwrap_or(i64::MAX);
        self.status.tell(Progress::Next(now.plus(Span::from_millis(pause))));
    }

    /// Waits for the pause, a notification or the end of the platform. Returns whether the platform stops.
    async fn is_stopped(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => true,
            () = self.wake.notified() => false,
            () = sleep(self.pause) => false,
        }
    }

    async fn under_lease<E: std::fmt::Display>(&self, work: impl Future<Output = Result<(), E>>) -> Result<(), String> {
        tokio::select! {
            outcome = work => outcome.map_err(|error| error.to_string()),
            lost = self.leases.hold(self.name) => Err(match lost {
                Some(error) => error.to_string(),
                None => "another process took the lease".to_owned(),
            }),
        }
    }
}

/// The waiting time after that many failures in a row.
fn back_off(every: Duration, failures: u32) -> Duration {
    every.saturating_mul((1 << failures.min(16)).min(MOST_TIMES)).min(LONGEST_BACK_OFF.max(every))
}

/// Between nine and eleven tenths of a time, so that processes that start together do not stay together.
fn jittered(time: Duration) -> Duration {
    // Without random bytes there is no jitter.
    let byte = Entropy::system().bytes::<1>().map_or(128, |bytes| bytes.iter().copied().sum());
    time.mul_f64(0.9 + 0.2 * f64::from(byte) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_double_the_waiting_time_up_to_a_bound() {
        let second = Duration::from_secs(1);
        assert_eq!(back_off(second, 1), 2 * second);
        assert_eq!(back_off(second, 3), 8 * second);
        assert_eq!(back_off(second, 40), 32 * second);
        assert_eq!(back_off(60 * second, 40), LONGEST_BACK_OFF);
        let hour = Duration::from_secs(3600);
        assert_eq!(back_off(hour, 2), hour, "a rare task is not tried more rarely");
    }

    #[test]
    fn jitter_is_a_tenth_at_the_most() {
        for _ in 0..100 {
            let time = jittered(Duration::from_secs(100));
            assert!((Duration::from_secs(90)..=Duration::from_secs(110)).contains(&time), "{time:?}");
        }
    }
}
