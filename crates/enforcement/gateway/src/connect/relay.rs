//! The bytes of a tunnel, in both directions, until either side ends it or it is cut.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use h2::{Reason as Reset, RecvStream, SendStream};
use sekisho_http_server::http2::TUNNEL_FRAME;
use sekisho_model::SessionId;
use sekisho_policy_administrator::DRAINED;
use sekisho_policy_engine::Reason;
use sekisho_upstream::{Share, Socket};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{MissedTickBehavior, interval};

use crate::carried::Count;
use crate::registration::Registration;
use crate::worker::Worker;

/// Bytes that are read from the resource at once: they make one frame to a client that takes long ones.
const READ: usize = TUNNEL_FRAME as usize;
/// Where what is read begins in its buffer. The TLS library copies it to 5 or 14 bytes behind the beginning of another buffer, and
/// AMD's processors copy at a tenth of their speed to a place that lies 1 to 63 bytes further in its page than the source.
const BEGIN: usize = 256;
/// How often a tunnel that carries something counts as use of its session.
const USE: Duration = Duration::from_secs(10);

/// A tunnel that is permitted, registered and connected.
pub(super) struct Tunnel {
    pub(super) upstream: Socket,
    pub(super) share: Share,
    pub(super) registration: Registration,
    pub(super) session: SessionId,
}

/// Carries a tunnel. The reason when it was cut.
pub(super) async fn run(
    worker: &Rc<Worker>,
    mut from_client: RecvStream,
    mut to_client: SendStream<Bytes>,
    tunnel: Tunnel,
) -> Option<Reason> {
    let Tunnel { upstream, share, mut registration, session } = tunnel;
    let count = registration.count();
    let (upstream, room) = upstream.into_parts();
    let (from_resource, mut to_resource) = upstream.into_split();
    let ended = {
        let up = carry_up(&mut from_client, &mut to_resource, &count);
        let down = carry_down(&from_resource, &mut to_client, &count);
        tokio::select! {
            biased;
            // INVARIANT I-10: from the turn of the cut on no byte goes either way; what was queued goes with the reset.
            reason = poll_fn(|context| registration.poll_cut(context)) => Ended::Cut(reason),
            both = async { tokio::try_join!(up, down) } => both.map_or(Ended::Broken, |_| Ended::Whole),
            () = note_use(worker, session, &count) => Ended::Broken,
        }
    };
    match ended {
        Ended::Whole => None,
        Ended::Broken => {
            to_client.send_reset(Reset::CONNECT_ERROR);
            None
        }
        Ended::Cut(reason) => {
            // A process that is being replaced answers no question about the reason: the code of the reset says it.
            to_client.send_reset(if reason.code == DRAINED { Reset::NO_ERROR } else { Reset::CANCEL });
            // Closing is enough: with it goes what shutting down would say.
            to_resource.forget();
            worker.streams.close_later((from_resource, room, share));
            Some(reason)
        }
    }
}

/// How a tunnel ended.
enum Ended {
    /// Both sides said that they have no more.
    Whole,
    /// One side broke off.
    Broken,
    /// It is no longer permitted.
    Cut(Reason),
}

async fn carry_up(from: &mut RecvStream, to: &mut OwnedWriteHalf, count: &Count) -> io::Result<()> {
    while let Some(data) = from.data().await {
        let mut data = data.map_err(io::Error::other)?;
        let length = data.len();
        to.write_all_buf(&mut data).await?;
        count.went_in(length);
        from.flow_control().release_capacity(length).map_err(io::Error::other)?;
    }
    to.shutdown().await
}

async fn carry_down(from: &OwnedReadHalf, to: &mut SendStream<Bytes>, count: &Count) -> io::Result<()> {
    loop {
        // A client that resets wants nothing more, also while the resource is silent.
        tokio::select! {
            biased;
            _ = poll_fn(|context| to.poll_reset(context)) => return Err(io::ErrorKind::ConnectionReset.into()),
            ready = from.readable() => ready?,
        }
        let Some(mut data) = read(from)? else { continue };
        if data.is_empty() {
            return to.send_data(Bytes::new(), true).map_err(io::Error::other);
        }
        while !data.is_empty() {
            to.reserve_capacity(data.len());
            let capacity = poll_fn(|context| {
                if to.poll_reset(context).is_ready() {
                    return Poll::Ready(None);
                }
                to.poll_capacity(context).map(|capacity| capacity.and_then(Result::ok))
            });
            let capacity = capacity.await.ok_or(io::ErrorKind::ConnectionReset)?;
            let part = data.split_to(capacity.min(data.len()));
            count.came_out(part.len());
            to.send_data(part, false).map_err(io::Error::other)?;
        }
    }
}

/// What is there, with no buffer held while nothing is; empty at the end.
fn read(from: &OwnedReadHalf) -> io::Result<Option<Bytes>> {
    let mut buffer = BytesMut::with_capacity(BEGIN + READ);
    buffer.put_bytes(0, BEGIN);
    buffer.advance(BEGIN);
    match from.try_read_buf(&mut (&mut buffer).limit(READ)) {
        // A little does not keep room for much: it may wait for a slow client with many others.
        Ok(length) if length < READ / 2 => Ok(Some(Bytes::copy_from_slice(&buffer))),
        Ok(_) => Ok(Some(buffer.freeze())),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// A session whose tunnel carries something is not idle.
async fn note_use(worker: &Worker, session: SessionId, count: &Count) {
    let mut every = interval(USE);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = 0;
    loop {
        every.tick().await;
        if count.total() != seen {
            seen = count.total();
            worker.activity.note(session, worker.current.now());
        }
    }
}
