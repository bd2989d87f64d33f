//! A WebSocket between client and upstream, and its end when it is no longer permitted: a close frame between two frames.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use sekisho_http_server::{Direction, FromClient, ToClient, Upgraded};
use sekisho_policy_enforcement::{FrameBoundary, close_frame};
use sekisho_policy_engine::Reason;
use sekisho_upstream::UpstreamIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::timeout;

use crate::exchange::Exchange;
use crate::watched_body::WatchedTunnel;

type Upstream = UpstreamIo;

/// How long the rest of a frame may take before the connection is dropped without a close frame.
const FRAME_END: Duration = Duration::from_millis(200);
/// How long a closed connection waits for the client's own close.
const GOODBYE: Duration = Duration::from_secs(1);
/// Bytes of a frame's rest that are read at once.
const MORE: usize = 16 * 1024;

/// Carries a WebSocket until either side ends it or it is cut.
pub(crate) async fn run(client: Upgraded, tunnel: WatchedTunnel) {
    let Upgraded { from_client, to_client, early } = client;
    let WatchedTunnel { upstream: (upstream, first), mut registration, lease } = tunnel;
    let (from_upstream, to_upstream) = tokio::io::split(upstream);
    let exchange = registration.exchange().clone();
    let mut up = Direction::new(from_client, to_upstream, early);
    let down = Direction::new(from_upstream, to_client, first);
    let mut down = Down { direction: down, boundary: FrameBoundary::default(), exchange: exchange.clone() };
    let ended = tokio::select! {
        biased;
        reason = poll_fn(|context| registration.poll_cut(context)) => Some(reason),
        _ = carry_up(&mut up, exchange) => None,
        _ = down.carry() => None,
    };
    match ended {
        Some(reason) => {
            let streams = registration.streams();
            // INVARIANT I-10: from here on nothing of the client's is carried, and of the upstream's only the rest of one frame.
            drop(registration);
            // Only what ends needs the memory for its last words.
            let whole = Box::pin(timeout(FRAME_END, down.finish_frame())).await;
            // The end of its connection tells the upstream.
            streams.close_later((up.to, down.direction.from, lease));
            if matches!(whole, Ok(Ok(()))) && !down.boundary.is_closed() {
                let client = (up.from, down.direction.to);
                let _ = Box::pin(timeout(GOODBYE, farewell(client, &reason))).await;
            }
        }
        None => {
            let _ = timeout(GOODBYE, down.direction.to.shutdown()).await;
        }
    }
}

async fn carry_up(direction: &mut Direction<FromClient, WriteHalf<Upstream>>, exchange: Exchange) -> io::Result<()> {
    poll_fn(|context| direction.poll_carry(context, |bytes| exchange.received(bytes.len()))).await?;
    direction.to.shutdown().await
}

/// Sends the reason and ends the connection in one piece, so that a cut of ten thousand takes less time. What the client still
/// sends is thrown away until it ends too: closing with bytes unread would take the reason back from some clients.
async fn farewell((mut from, mut to): (FromClient, ToClient), reason: &Reason) -> io::Result<()> {
    to.hold();
    to.write_all(&close_frame(&reason.code)).await?;
    to.flush().await?;
    to.shutdown().await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await.map(|_| ())
}

/// The direction from upstream to client, followed frame by frame.
struct Down {
    direction: Direction<ReadHalf<Upstream>, ToClient>,
    /// Where the bytes that were written stand.
    boundary: FrameBoundary,
    exchange: Exchange,
}

impl Down {
    /// Carries bytes until the upstream ends. May be dropped at any point.
    async fn carry(&mut self) -> io::Result<()> {
        let Self { direction, boundary, exchange } = self;
        let mut written = |bytes: &[u8]| {
            boundary.follow(bytes);
            exchange.sent(bytes.len());
        };
        poll_fn(|context| direction.poll_carry(context, &mut written)).await
    }

    /// Ends the frame that is under way.
    async fn finish_frame(&mut self) -> io::Result<()> {
        while !self.boundary.is_between_frames() {
            if self.direction.rest().is_empty() {
                let Direction { from, .. } = &mut self.direction;
                let mut more = BytesMut::with_capacity(MORE);
                if from.read_buf(&mut more).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                *self.direction.rest() = more;
            }
            let length = self.boundary.follow_to_boundary(self.direction.rest());
            let part = self.direction.rest().split_to(length);
            self.direction.to.write_all(&part).await?;
        }
        Ok(())
    }
}
