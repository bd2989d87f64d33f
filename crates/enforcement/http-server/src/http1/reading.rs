//! The reading half of an HTTP/1 connection: heads, and what is left in the buffer between them.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use sekisho_policy_enforcement::{Glimpse, HeadLimits, HeadScanner, Refusal, RequestHead, Scheme};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, timeout_at};

use crate::halves::{FromClient, Presence};

/// What a connection sent and nobody has read yet.
pub(crate) struct Readable {
    io: FromClient,
    pub(crate) buffer: BytesMut,
}

/// How a wait for a head ended.
pub(crate) enum Awaited {
    /// With a head.
    Head(Box<RequestHead>),
    /// With bytes that are no head, and a look at them.
    Refused(Refusal, Glimpse),
    /// With the end of the connection, or of our patience before the first byte.
    Ended,
}

/// When a head must be there.
pub(crate) struct Patience {
    /// For the first byte.
    pub(crate) first_byte: Instant,
    /// For the whole head, counted from its first byte, but not beyond [`Patience::at_last`].
    pub(crate) whole: Duration,
    /// For the whole head of a connection's first request, counted from accept.
    pub(crate) at_last: Option<Instant>,
}

impl Readable {
    pub(crate) fn new(io: FromClient) -> Self {
        Self { io, buffer: BytesMut::with_capacity(4096) }
    }

    /// The connection, and what came and was not read. The buffer that it came in goes with the head that is in it.
    pub(crate) fn into_io(self) -> (FromClient, BytesMut) {
        (self.io, BytesMut::from(&*self.buffer))
    }

    /// Tells whether the client is there while nobody reads.
    pub(crate) fn presence(&self) -> Presence {
        self.io.presence()
    }

    /// Reads more into the buffer; how much, 0 at the end.
    pub(crate) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
        if self.buffer.capacity() - self.buffer.len() < 1024 {
            self.buffer.reserve(16 * 1024);
        }
        // The future keeps nothing between polls, so a fresh one each time reads on where the last one waited.
        pin!(self.io.read_buf(&mut self.buffer)).poll(context)
    }

    pub(crate) async fn fill(&mut self) -> std::io::Result<usize> {
        poll_fn(|context| self.poll_fill(context)).await
    }

    /// Waits for the next head and reads it.
    pub(crate) async fn head(&mut self, scheme: Scheme, limits: &HeadLimits, patience: &Patience) -> Awaited {
        let mut scanner = HeadScanner::default();
        let mut deadline = None;
        loop {
            match scanner.scan(&self.buffer, limits) {
                Err(rule) => return refused(Refusal::Malformed(rule), &self.buffer),
                Ok(Some(length)) => {
                    let bytes = self.buffer.split_to(length).freeze();
                    return match RequestHead::from_http1(&bytes, scheme, limits) {
                        Ok(head) => Awaited::Head(Box::new(head)),
                        Err(rule) => refused(Refusal::Malformed(rule), &bytes),
                    };
                }
                Ok(None) => {}
            }
            let until = if self.buffer.is_empty() {
                patience.first_byte
            } else {
                *deadline.get_or_insert_with(|| patience.at_last.unwrap_or_else(|| Instant::now() + patience.whole))
            };
            match timeout_at(until, self.fill()).await {
                Ok(Ok(0) | Err(_)) => return Awaited::Ended,
                Ok(Ok(_)) => {}
                Err(_) if self.buffer.is_empty() => return Awaited::Ended,
                Err(_) => return refused(Refusal::TooSlow, &self.buffer),
            }
        }
    }
}

fn refused(refusal: Refusal, bytes: &[u8]) -> Awaited {
    Awaited::Refused(refusal, Glimpse::of_http1(bytes))
}
