//! One HTTP/2 connection: each request is a stream with a task of its own.

use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::Builder;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::frame_watch::FrameWatch;
use super::stream::Stream;
use super::tunnel_windows::{CONNECTION_WINDOW, STREAM_WINDOW, TUNNEL_FRAME, TunnelWindows};
use crate::coalescing_writer::{CoalescingWriter, Flusher};
use crate::connected::Connected;
use crate::inspected::Inspected;
use crate::limits::ConnectionLimits;
use crate::phase::Phase;
use crate::service::Service;

/// Bytes of one stream that may wait to be written; a reset does not wait for more.
const SEND_BUFFER: usize = 64 * 1024;

/// Bytes of memory that the frames of one connection may take beside their content: clients of gRPC send many small messages.
const FRAME_BUDGET: usize = 2 * 1024 * 1024;

/// Serves a connection until it ends.
///
/// `accepted` is when the connection was accepted: its first head must be there in time from then on.
pub async fn serve<S: Service>(io: Box<dyn Connected>, service: S, accepted: Instant) {
    let service = Rc::new(service);
    let limits = service.limits();
    let (io, flusher) = CoalescingWriter::new(io);
    let (watch, stall, audit) = FrameWatch::new();
    let handshake = Builder::new()
        .max_concurrent_streams(limits.h2_streams)
        .initial_window_size(64 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_header_list_size(longest_header_list(limits))
        .max_frame_size(if service.takes_tunnels() { TUNNEL_FRAME } else { 16 * 1024 })
        .enable_connect_protocol()
        .data_frame_budget(FRAME_BUDGET)
        .max_local_error_reset_streams(Some(limits.h2_local_resets))
        .max_concurrent_reset_streams(limits.h2_local_resets)
        .max_send_buffer_size(SEND_BUFFER)
        .handshake::<_, Bytes>(Inspected::new(io, watch));
    let handshake = async {
        tokio::select! {
            biased;
            h2 = handshake => h2,
            never = drain_each_turn(&flusher) => match never {},
        }
    };
    let Ok(Ok(mut h2)) = timeout_at(accepted + limits.head_timeout, handshake).await else { return };
    let windows = Rc::new(TunnelWindows::default());
    let open = Rc::new(());
    let mut phase = service.phase().clone();
    let mut first_head = Some(accepted + limits.head_timeout);
    let mut going_away = false;
    loop {
        let deadline = first_head.unwrap_or_else(|| Instant::now() + limits.idle_timeout);
        tokio::select! {
            biased;
            next = h2.accept() => match next {
                Some(Ok((request, respond))) => {
                    first_head = None;
                    let (service, windows, audit) = (service.clone(), windows.clone(), audit.clone());
                    let id = respond.stream_id().as_u32();
                    let stream = Stream { service, windows, audit, id, _open: open.clone() };
                    tokio::task::spawn_local(stream.take_turn(request, respond));
                }
                Some(Err(_)) | None => return,
            },
            never = drain_each_turn(&flusher) => match never {},
            // What one tunnel needs in flight is given once one is permitted, and not before.
            () = windows.widens() => {
                h2.set_target_window_size(CONNECTION_WINDOW);
                // While the client has not acknowledged our first settings, others have to wait.
                windows.widened(h2.set_initial_window_size(STREAM_WINDOW).is_ok());
            }
            // A connection on which nothing is asked does not stay.
            () = sleep_until(deadline) => {
                first_head = None;
                if Rc::strong_count(&open) == 1 {
                    if going_away {
                        return;
                    }
                    going_away = true;
                    first_head = Some(Instant::now() + Duration::from_secs(1));
                    h2.graceful_shutdown();
                }
            }
            // One header block that never ends holds up everything behind it.
            () = stall.longer_than(limits.head_timeout) => return,
            _ = phase.wait_for(|phase| *phase != Phase::Serving), if !going_away => {
                going_away = true;
                h2.graceful_shutdown();
            }
        }
    }
}

/// The longest list of fields that the protocol library takes. It answers a longer one itself, without a body; ours is refused
/// with its number well below that.
fn longest_header_list(limits: &ConnectionLimits) -> u32 {
    const ABOVE_OURS: usize = 96 * 1024;
    u32::try_from(limits.head.bytes.saturating_add(ABOVE_OURS)).unwrap_or(u32::MAX)
}

/// Never ready: each poll, after the library's, writes what is held. The library hears of an error when it writes again.
async fn drain_each_turn(flusher: &Flusher) -> Infallible {
    poll_fn(|context| {
        let _ = flusher.poll_drain(context);
        Poll::Pending
    })
    .await
}
