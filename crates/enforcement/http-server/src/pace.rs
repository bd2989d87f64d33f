//! The least rate of a body. A client that sends or takes a body more slowly holds no upstream.
//!
//! The rate holds over a window: bytes that moved are credit for the time in which none do, up to a bound. Who is not signed in has
//! the bound of the gateway, which is short; what a resource's document says counts for those who are permitted to use it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::limits::ConnectionLimits;

/// Watches the time spent waiting for a client, to send or to take. Time in which nobody wanted them does not count.
#[derive(Debug)]
pub struct Pace {
    /// Of a body about which nothing else is said.
    usual: Patience,
    patience: Patience,
    allowed: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

/// How long a body is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The least rate.
    pub bytes_per_second: u32,
    /// The longest that a body may stand still: as much time can be saved up by what moved.
    pub credit: Duration,
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
        let usual = Patience { bytes_per_second: limits.body_rate, credit: grace };
        Self { usual, patience: usual, allowed: grace, waiting: None }
    }

    /// The next body is met with that patience; with the usual one where none is named. Time is still earned first.
    pub fn meet(&mut self, patience: Option<Patience>) {
        self.patience = patience.unwrap_or(self.usual);
        self.allowed = self.allowed.min(self.patience.credit);
    }

    /// Bytes arrived, or were taken: they buy more time to wait.
    pub(crate) fn arrived(&mut self, bytes: usize) {
        self.rest();
        let Patience { bytes_per_second, credit } = self.patience;
        if self.allowed >= credit {
            return;
        }
        let bought = Duration::from_secs(u64::try_from(bytes).unwrap_or(u64::MAX)) / bytes_per_second.max(1);
        self.allowed = self.allowed.saturating_add(bought).min(credit);
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn pace() -> Pace {
        let usual = Patience { bytes_per_second: 500, credit: Duration::from_secs(10) };
        Pace { usual, patience: usual, allowed: usual.credit, waiting: None }
    }

    const LONG: Patience = Patience { bytes_per_second: 500, credit: Duration::from_secs(300) };

    /// How long a body stood still before that was too long.
    async fn stands_still(pace: &mut Pace) -> u64 {
        let began = Instant::now();
        poll_fn(|context| pace.poll_too_slow(context)).await;
        pace.waiting = None;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn what_moved_is_credit_for_a_pause_where_the_resource_says_so() {
        let mut body = pace();
        body.meet(Some(LONG));
        assert_eq!(stands_still(&mut body).await, 10, "nothing was earned yet");
        body.arrived(1_000_000);
        assert_eq!(stands_still(&mut body).await, 300, "and no more than the bound");
        let mut body = pace();
        body.meet(Some(LONG));
        body.arrived(500 * 65);
        assert_eq!(stands_still(&mut body).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_cannot_save_time_up() {
        let mut body = pace();
        body.arrived(100_000_000);
        assert_eq!(stands_still(&mut body).await, 10);
        // Nor can who asks for something else next, on the same connection.
        let mut body = pace();
        body.meet(Some(LONG));
        body.arrived(100_000_000);
        body.meet(None);
        assert_eq!(stands_still(&mut body).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn drips_below_the_rate_come_to_an_end() {
        let mut body = pace();
        body.meet(Some(LONG));
        let began = Instant::now();
        loop {
            let slow = tokio::time::timeout(Duration::from_secs(1), poll_fn(|context| body.poll_too_slow(context)));
            if slow.await.is_ok() {
                break;
            }
            body.arrived(100);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
