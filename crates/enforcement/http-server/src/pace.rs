//! The least rate of a body. A client that sends or takes a body more slowly holds no upstream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::limits::ConnectionLimits;

/// Watches the time spent waiting for a client, to send or to take. Time in which nobody wanted them does not count.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: u32,
    grace: Duration,
    allowed: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    pub(crate) const fn new(limits: &ConnectionLimits) -> Self {
        Self::with(limits, limits.body_grace)
    }

    /// For the client that takes an answer.
    #[must_use]
    pub const fn of_reply(limits: &ConnectionLimits) -> Self {
        Self::with(limits, limits.reply_grace)
    }

    const fn with(limits: &ConnectionLimits, grace: Duration) -> Self {
        Self { bytes_per_second: limits.body_rate, grace, allowed: grace, waiting: None }
    }

    /// Bytes arrived, or were taken: they buy more time to wait.
    pub(crate) fn arrived(&mut self, bytes: usize) {
        self.rest();
        if self.allowed == self.grace {
            return;
        }
        let bought = Duration::from_secs(u64::try_from(bytes).unwrap_or(u64::MAX)) / self.bytes_per_second.max(1);
        // No more than the grace can be saved up, so a fast start does not pay for a slow end.
        self.allowed = self.allowed.saturating_add(bought).min(self.grace);
    }

    /// The client is not waited for any more.
    pub(crate) fn rest(&mut self) {
        if let Some((since, _)) = self.waiting.take() {
            self.allowed = self.allowed.saturating_sub(since.elapsed());
        }
    }

    /// Nothing arrived: ready when the client has been waited for too long.
    pub(crate) fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (_, sleep) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + self.allowed)))
        });
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(())
    }
}
