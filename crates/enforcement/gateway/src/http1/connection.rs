//! One HTTP/1 connection: head, reply, head, reply, in order, each head through the strict reader.
//!
//! Step 3 of the life of a request; next: `crates/decision/policy-enforcement/src/head/http1.rs`.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use http::{HeaderMap, Version};
use sekisho_policy_enforcement::{BodyFraming, Connection, RequestHead, Scheme};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use super::body::{Loan, Returned};
use super::reading::{Awaited, Connected, Patience};
use super::writing::{Asked, Writable};
use super::{Http1Body, Readable};
use crate::interim::Interim;
use crate::phase::Phase;
use crate::serve::{self, Reply, ReplyBody, RequestBody, refuse_connection};
use crate::tunnel::{self, Agreed};
use crate::worker::Worker;

/// So much of what nobody wanted is read and thrown away, so that the client can read its reply.
const MOST_DRAINED: usize = 1024 * 1024;
/// So much may wait in the buffer behind a request that is being served.
const MOST_PIPELINED: usize = 64 * 1024;

/// How long a connection that ends waits for the client to read its reply.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a connection until it ends.
pub(crate) async fn serve(io: Box<dyn Connected>, connection: Connection, worker: Rc<Worker>, accepted: Instant) {
    // What requests need goes when the connection becomes a WebSocket: ten thousand of those stay open and say little.
    if let Some(agreed) = Box::pin(requests(io, connection, worker, accepted)).await {
        tunnel::run(agreed).await;
    }
}

/// Serves requests until the connection ends or becomes a WebSocket.
async fn requests(
    io: Box<dyn Connected>,
    connection: Connection,
    worker: Rc<Worker>,
    accepted: Instant,
) -> Option<Agreed> {
    let (read, write) = tokio::io::split(io);
    let (mut readable, mut writable) = (Readable::new(read), Writable::new(write, &worker.shared.config));
    let config = &worker.shared.config;
    let mut first = true;
    loop {
        let first_byte = if first { accepted + config.head_timeout } else { Instant::now() + config.idle_timeout };
        let at_last = first.then_some(first_byte);
        first = false;
        let patience = Patience { first_byte, whole: config.head_timeout, at_last };
        let awaited = {
            let mut phase = worker.shared.phase.clone();
            tokio::select! {
                biased;
                awaited = readable.head(Scheme::Https, &worker.shared.limits, &patience) => awaited,
                // While the gateway drains, the next request is served, and told that it is the last.
                _ = phase.wait_for(|phase| *phase == Phase::Stopping) => Awaited::Ended,
            }
        };
        let head = match awaited {
            Awaited::Head(head) => head,
            Awaited::Ended => return None,
            Awaited::Refused(refusal) => {
                let reply = refuse_connection(&worker, &refusal, connection.peer);
                let asked =
                    Asked { method: &http::Method::GET, version: Version::HTTP_11, keep_alive: false, trailers: false };
                if writable.reply(reply.head, reply.body, asked).await.is_ok() {
                    linger(readable, writable).await;
                }
                return None;
            }
        };
        match exchange(readable, &mut writable, &head, &connection, &worker).await {
            Next::Request(same) => readable = *same,
            Next::Linger(readable) => {
                linger(*readable, writable).await;
                return None;
            }
            Next::Tunnel(readable, reply) => {
                let ReplyBody::Tunnel(upstream) = reply.body else { return None };
                writable.switch_protocols(&reply.head).await.ok()?;
                let (from_client, early) = readable.into_io();
                return Some(Agreed { from_client, to_client: writable.io, early, upstream });
            }
            Next::Drop => return None,
        }
    }
}

/// What becomes of the connection.
enum Next {
    /// The next request.
    Request(Box<Readable>),
    /// A proper end, after what is still coming was let run out.
    Linger(Box<Readable>),
    /// A WebSocket.
    Tunnel(Box<Readable>, Box<Reply>),
    /// Nothing: the reply was not whole, or nobody is there.
    Drop,
}

/// Where the reading half is while a request is served.
enum Half {
    Here(Box<Readable>),
    Lent(Loan),
    /// The body was left unfinished.
    Unfinished(Box<Returned>),
}

async fn exchange(
    readable: Readable,
    writable: &mut Writable,
    head: &RequestHead,
    connection: &Connection,
    worker: &Rc<Worker>,
) -> Next {
    let (body, mut half) = match head.framing() {
        BodyFraming::None | BodyFraming::Length(0) => (RequestBody::Empty, Half::Here(Box::new(readable))),
        framing => {
            let (body, loan) = Http1Body::lend(readable, framing, &worker.shared.config);
            (RequestBody::Http1(body), Half::Lent(loan))
        }
    };
    let Some(reply) = answer(worker, connection, head, body, &mut half, writable).await else { return Next::Drop };
    if matches!(reply.body, ReplyBody::Tunnel(_)) {
        return match half {
            Half::Here(readable) => Next::Tunnel(readable, Box::new(reply)),
            Half::Lent(_) | Half::Unfinished(_) => Next::Drop,
        };
    }
    let keep_alive = head.keeps_alive() && !reply.ends_connection && !worker.is_ending() && is_over(&half);
    let trailers = head.takes_trailers();
    let asked = Asked { method: head.method(), version: head.version(), keep_alive, trailers };
    let Some(keep_alive) = write(writable, reply, asked, &mut half).await else { return Next::Drop };
    if !keep_alive {
        let _ = writable.io.shutdown().await;
    }
    match settle(half).await {
        Some(readable) if keep_alive => Next::Request(Box::new(readable)),
        Some(readable) => Next::Linger(Box::new(readable)),
        None => Next::Drop,
    }
}

/// Writes the reply, unless the client goes away first: what waits for more of an answer would wait for nobody. Gives whether
/// the connection goes on.
async fn write(writable: &mut Writable, reply: Reply, asked: Asked<'_>, half: &mut Half) -> Option<bool> {
    let mut writing = pin!(writable.reply(reply.head, reply.body, asked));
    poll_fn(|context| {
        if let Poll::Ready(written) = writing.as_mut().poll(context) {
            return Poll::Ready(written.ok());
        }
        while let Half::Here(readable) = half
            && readable.buffer.len() < MOST_PIPELINED
        {
            match readable.poll_fill(context) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(None),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        Poll::Pending
    })
    .await
}

/// The reply, unless the client goes away first. Sends `100 Continue` when the body is wanted before the reply is there.
async fn answer(
    worker: &Rc<Worker>,
    connection: &Connection,
    head: &RequestHead,
    body: RequestBody,
    half: &mut Half,
    writable: &mut Writable,
) -> Option<Reply> {
    let (interim, mut hints) = Interim::wanted(head.is_navigation() && head.version() == Version::HTTP_11);
    let mut reply = pin!(serve::serve(worker, connection, head, body, interim));
    let mut wait_for_wish = head.expects_continue();
    loop {
        let step = poll_fn(|context| {
            if let Poll::Ready(reply) = reply.as_mut().poll(context) {
                return Poll::Ready(Step::Reply(Box::new(reply)));
            }
            if let Poll::Ready(links) = hints.poll_next(context) {
                return Poll::Ready(Step::Hint(links));
            }
            match half {
                Half::Here(readable) if readable.buffer.len() < MOST_PIPELINED => match readable.poll_fill(context) {
                    Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Step::Gone),
                    Poll::Ready(Ok(_)) => Poll::Ready(Step::Again),
                    Poll::Pending => Poll::Pending,
                },
                Half::Here(_) | Half::Unfinished(_) => Poll::Pending,
                Half::Lent(loan) => {
                    if wait_for_wish && pin!(&mut loan.wanted).poll(context).is_ready() {
                        return Poll::Ready(Step::Wanted);
                    }
                    match pin!(&mut loan.returned).poll(context) {
                        Poll::Ready(Ok(returned)) => Poll::Ready(Step::Returned(Box::new(returned))),
                        Poll::Ready(Err(_)) => Poll::Ready(Step::Gone),
                        Poll::Pending => Poll::Pending,
                    }
                }
            }
        });
        match step.await {
            Step::Reply(reply) => {
                collect(half);
                // An answer that comes with its hints does not overtake them.
                while let Some(links) = hints.waiting() {
                    writable.hint(&links).await.ok()?;
                }
                return Some(*reply);
            }
            Step::Gone => return None,
            Step::Again => {}
            Step::Returned(returned) => *half = at_rest(*returned),
            Step::Wanted => {
                wait_for_wish = false;
                writable.go_on().await.ok()?;
            }
            Step::Hint(links) => writable.hint(&links).await.ok()?,
        }
    }
}

/// What happened while the reply was waited for.
enum Step {
    Reply(Box<Reply>),
    Gone,
    Again,
    Returned(Box<Returned>),
    Wanted,
    Hint(HeaderMap),
}

fn at_rest(returned: Returned) -> Half {
    if returned.reader.is_done() {
        Half::Here(Box::new(returned.readable))
    } else {
        Half::Unfinished(Box::new(returned))
    }
}

/// Takes the reading half back if the body is over or was dropped.
fn collect(half: &mut Half) {
    if let Half::Lent(loan) = half
        && let Ok(returned) = loan.returned.try_recv()
    {
        *half = at_rest(returned);
    }
}

/// Whether the request is over, so that what comes next is the next request.
fn is_over(half: &Half) -> bool {
    matches!(half, Half::Here(_))
}

/// The reading half after the reply. A body that was never finished ends the connection with it.
async fn settle(half: Half) -> Option<Readable> {
    match half {
        Half::Here(readable) => Some(*readable),
        Half::Unfinished(returned) => Some(returned.readable),
        Half::Lent(loan) => timeout(LINGER, loan.returned).await.ok()?.ok().map(|returned| returned.readable),
    }
}

/// Ends the connection so that the client can still read the reply: closing at once, with bytes unread, would take the
/// reply back from it.
async fn linger(mut readable: Readable, mut writable: Writable) {
    let _ = timeout(LINGER, async {
        let _ = writable.io.shutdown().await;
        let mut drained = 0;
        while drained < MOST_DRAINED {
            readable.buffer.clear();
            match readable.fill().await {
                Ok(0) | Err(_) => break,
                Ok(bytes) => drained += bytes,
            }
        }
    })
    .await;
}
