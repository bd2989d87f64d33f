//! One request and its reply over HTTP/1, and what becomes of the connection after them.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use http::{HeaderMap, Version};
use sekisho_policy_enforcement::{BodyFraming, RequestHead};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::body::{Http1Body, Loan, Returned};
use super::departure::DepartureWatch;
use super::reading::Readable;
use super::writing::{Asked, Writable};
use crate::interim::Interim;
use crate::phase::Phase;
use crate::reply::{Reply, ReplyBody};
use crate::request_body::RequestBody;
use crate::service::Service;

/// The most bytes that may wait in the buffer behind a request that is being served.
const MOST_PIPELINED: usize = 64 * 1024;
/// How long the reading half may take to come back from a body after the reply.
const SETTLE: Duration = Duration::from_secs(2);

/// How the connection continues after an exchange.
pub(super) enum Next<B> {
    /// The next request.
    Request(Box<Readable>),
    /// A proper end, after what is still coming was read.
    Linger(Box<Readable>),
    /// The connection stops to speak HTTP with this reply.
    Upgrade(Box<Readable>, Box<Reply<B>>),
    /// Nothing: the reply was not whole, or the client is gone.
    Drop,
}

/// Where the reading half is while a request is served.
enum Half {
    Here(Box<Readable>),
    Lent(Loan),
    /// The body was left unfinished.
    Unfinished(Box<Returned>),
}

/// One request and its reply.
pub(super) async fn exchange<S: Service>(
    service: &S,
    readable: Readable,
    writable: &mut Writable,
    head: &RequestHead,
) -> Next<S::Body> {
    let mut watch = DepartureWatch::new(readable.presence());
    let (body, mut half) = match head.framing() {
        BodyFraming::None | BodyFraming::Length(0) => (RequestBody::Empty, Half::Here(Box::new(readable))),
        framing => {
            let (body, loan) = Http1Body::lend(readable, framing, service.limits());
            (RequestBody::Http1(body), Half::Lent(loan))
        }
    };
    let Some(reply) = answer(service, head, body, (&mut half, &mut watch), writable).await else { return Next::Drop };
    if reply.body.is_upgrade() {
        return match half {
            Half::Here(readable) => Next::Upgrade(readable, Box::new(reply)),
            Half::Lent(_) | Half::Unfinished(_) => Next::Drop,
        };
    }
    let keep_alive =
        head.keeps_alive() && !reply.ends_connection && *service.phase().borrow() == Phase::Serving && is_over(&half);
    let trailers = head.takes_trailers();
    let asked = Asked { method: head.method(), version: head.version(), keep_alive, trailers };
    let Some(keep_alive) = write(writable, reply, asked, (&mut half, &mut watch)).await else { return Next::Drop };
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
async fn write<B: ReplyBody>(
    writable: &mut Writable,
    reply: Reply<B>,
    asked: Asked<'_>,
    (half, watch): (&mut Half, &mut DepartureWatch),
) -> Option<bool> {
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
                Poll::Pending => return Poll::Pending,
            }
        }
        watch.poll_departed(matches!(half, Half::Here(_)), context).map(|()| None)
    })
    .await
}

/// The reply, unless the client goes away first. Sends `100 Continue` when the body is wanted before the reply is there.
async fn answer<S: Service>(
    service: &S,
    head: &RequestHead,
    body: RequestBody,
    (half, watch): (&mut Half, &mut DepartureWatch),
    writable: &mut Writable,
) -> Option<Reply<S::Body>> {
    let (interim, mut hints) = Interim::wanted(head.is_navigation() && head.version() == Version::HTTP_11);
    let mut reply = pin!(service.serve(head, body, interim));
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
                Half::Here(_) => watch.poll_departed(true, context).map(|()| Step::Gone),
                Half::Unfinished(_) => watch.poll_departed(false, context).map(|()| Step::Gone),
                Half::Lent(loan) => {
                    if wait_for_wish && pin!(&mut loan.wanted).poll(context).is_ready() {
                        return Poll::Ready(Step::Wanted);
                    }
                    match pin!(&mut loan.returned).poll(context) {
                        Poll::Ready(Ok(returned)) => Poll::Ready(Step::Returned(Box::new(returned))),
                        Poll::Ready(Err(_)) => Poll::Ready(Step::Gone),
                        Poll::Pending => watch.poll_departed(false, context).map(|()| Step::Gone),
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
enum Step<B> {
    Reply(Box<Reply<B>>),
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
        Half::Lent(loan) => timeout(SETTLE, loan.returned).await.ok()?.ok().map(|returned| returned.readable),
    }
}
