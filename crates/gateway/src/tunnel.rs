//! A WebSocket between client and upstream, and its end when it is no longer permitted: a close frame between two frames.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use sekisho_policy_enforcement::{FrameBoundary, close_frame};
use sekisho_policy_engine::Reason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::timeout;

use crate::http1::{Connected, Readable};
use crate::observe::Exchange;
use crate::watched::{Registration, WatchedTunnel};

type Client = Box<dyn Connected>;
type Upstream = hyper_util::rt::TokioIo<hyper::upgrade::Upgraded>;

/// How long the rest of a frame may take before the connection is dropped without a close frame.
const FRAME_END: Duration = Duration::from_millis(200);
/// How long a closed connection waits for the client's own close.
const GOODBYE: Duration = Duration::from_secs(1);

/// Carries a WebSocket until either side ends it or it is cut.
pub(crate) async fn run(readable: Readable, to_client: WriteHalf<Client>, tunnel: WatchedTunnel) {
    let WatchedTunnel { upstream, mut registration, lease: _lease } = tunnel;
    let (from_client, early) = readable.into_io();
    let (from_upstream, to_upstream) = tokio::io::split(upstream);
    let (buffer, room) = (BytesMut::new(), Room::default());
    let (boundary, exchange) = (FrameBoundary::default(), registration.exchange().clone());
    let mut down = Down { from_upstream, to_client, buffer, room, boundary, exchange };
    let ended = {
        let up = carry_up(from_client, to_upstream, early, registration.exchange().clone());
        tokio::select! {
            biased;
            reason = poll_fn(|context| registration.poll_cut(context)) => Some(reason),
            _ = up => None,
            _ = down.carry() => None,
        }
    };
    match ended {
        Some(reason) => down.close(&reason, registration).await,
        None => {
            let _ = timeout(GOODBYE, down.to_client.shutdown()).await;
        }
    }
}

async fn carry_up(
    mut from: ReadHalf<Client>,
    mut to: WriteHalf<Upstream>,
    mut buffer: BytesMut,
    exchange: Exchange,
) -> io::Result<()> {
    let mut room = Room::default();
    loop {
        to.write_all(&buffer).await?;
        to.flush().await?;
        exchange.received(buffer.len());
        buffer.clear();
        room.make(&mut buffer);
        let length = from.read_buf(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        room.took(length);
    }
}

/// How much is read at once: little where little comes, so that ten thousand quiet connections cost little.
struct Room(usize);

impl Room {
    const LEAST: usize = 1024;
    const MOST: usize = 32 * 1024;

    /// Makes room in a buffer whose bytes are written, and lets go of what a burst had taken.
    fn make(&self, buffer: &mut BytesMut) {
        if buffer.capacity() > 4 * self.0 {
            *buffer = BytesMut::new();
        }
        buffer.reserve(self.0);
    }

    /// So much came: the next may be more, or less.
    fn took(&mut self, length: usize) {
        if length >= self.0 {
            self.0 = (self.0 * 2).min(Self::MOST);
        } else if length < self.0 / 4 {
            self.0 = (self.0 / 2).max(Self::LEAST);
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self(Self::LEAST)
    }
}

/// The direction from upstream to client, followed frame by frame.
struct Down {
    from_upstream: ReadHalf<Upstream>,
    to_client: WriteHalf<Client>,
    /// What was read and not yet written.
    buffer: BytesMut,
    room: Room,
    /// Where the bytes that were written stand.
    boundary: FrameBoundary,
    exchange: Exchange,
}

impl Down {
    /// Carries bytes until the upstream ends. May be dropped at any point: no byte is lost or counted twice.
    async fn carry(&mut self) -> io::Result<()> {
        loop {
            while !self.buffer.is_empty() {
                let written = self.to_client.write(&self.buffer).await?;
                self.boundary.follow(self.buffer.get(..written).unwrap_or_default());
                self.buffer.advance(written);
                self.exchange.sent(written);
            }
            self.to_client.flush().await?;
            self.room.make(&mut self.buffer);
            let length = self.from_upstream.read_buf(&mut self.buffer).await?;
            if length == 0 {
                return Ok(());
            }
            self.room.took(length);
        }
    }

    /// Ends the frame that is under way, says why, and ends the connection. The upstream is told by its own end.
    async fn close(mut self, reason: &Reason, registration: Registration) {
        // INVARIANT I-10: from here on nothing of the client's is carried, and of the upstream's only the rest of one frame.
        drop(registration);
        let whole = timeout(FRAME_END, self.finish_frame()).await;
        if matches!(whole, Ok(Ok(()))) && !self.boundary.is_closed() {
            let _ = timeout(GOODBYE, async {
                self.to_client.write_all(&close_frame(&reason.code)).await?;
                self.to_client.flush().await?;
                self.to_client.shutdown().await
            })
            .await;
        }
    }

    async fn finish_frame(&mut self) -> io::Result<()> {
        while !self.boundary.is_between_frames() {
            if self.buffer.is_empty() && self.from_upstream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = self.boundary.follow_to_boundary(&self.buffer);
            self.to_client.write_all(self.buffer.get(..length).unwrap_or_default()).await?;
            self.buffer.advance(length);
        }
        Ok(())
    }
}
