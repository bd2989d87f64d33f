//! HTTP/2 as a server: the same replies, a stream each, and a reset where HTTP/1 drops its connection.

mod websocket;

use std::convert::Infallible;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use sekisho_policy_enforcement::{Connection, Malformed, Refusal, RequestHead};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::connect::{self, Tunnels};
use crate::frames::{FrameWatch, Untold};
use crate::gathered::{Gathered, Outlet};
use crate::http1::Connected;
use crate::interim::Interim;
use crate::pace::Pace;
use crate::phase::Phase;
use crate::serve::{self, Reply, ReplyBody, RequestBody, refuse_connection};
use crate::worker::Worker;

/// So many bytes of one stream wait to be written; what is reset does not wait longer.
const SEND_BUFFER: usize = 64 * 1024;

/// So much memory may the frames of one connection take beside their bytes: clients of gRPC send many small messages.
const FRAME_BUDGET: usize = 2 * 1024 * 1024;

/// Serves a connection until it ends.
pub(crate) async fn serve(io: Box<dyn Connected>, connection: Connection, worker: Rc<Worker>, accepted: Instant) {
    let config = &worker.shared.config;
    let (io, outlet) = Gathered::new(io);
    let (io, stall, untold) = FrameWatch::new(io);
    let is_terminal = connection.server_name.as_ref() == Some(&worker.shared.terminals);
    let handshake = Builder::new()
        .max_concurrent_streams(config.h2_streams)
        .initial_window_size(64 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_header_list_size(16 * 1024)
        .max_frame_size(if is_terminal { connect::FRAME } else { 16 * 1024 })
        .enable_connect_protocol()
        .data_frame_budget(FRAME_BUDGET)
        .max_local_error_reset_streams(Some(config.h2_local_resets))
        .max_concurrent_reset_streams(config.h2_local_resets)
        .max_send_buffer_size(SEND_BUFFER)
        .handshake::<_, Bytes>(io);
    let handshake = async {
        tokio::select! {
            biased;
            h2 = handshake => h2,
            never = drain_each_turn(&outlet) => match never {},
        }
    };
    let Ok(Ok(mut h2)) = timeout_at(accepted + config.head_timeout, handshake).await else { return };
    let tunnels = Rc::new(Tunnels::default());
    let connection = Rc::new(connection);
    let open = Rc::new(());
    let mut phase = worker.shared.phase.clone();
    let mut first_head = Some(accepted + config.head_timeout);
    let mut going_away = false;
    loop {
        let deadline = first_head.unwrap_or_else(|| Instant::now() + config.idle_timeout);
        tokio::select! {
            biased;
            next = h2.accept() => match next {
                Some(Ok((request, respond))) => {
                    first_head = None;
                    let (worker, connection, tunnels) = (worker.clone(), connection.clone(), tunnels.clone());
                    let (untold, id) = (untold.clone(), respond.stream_id().as_u32());
                    let stream = Stream { worker, connection, tunnels, untold, id, _open: open.clone() };
                    tokio::task::spawn_local(stream.take_turn(request, respond));
                }
                Some(Err(_)) | None => return,
            },
            never = drain_each_turn(&outlet) => match never {},
            // What one tunnel needs in flight is given once one is permitted, and not before.
            () = tunnels.widens() => {
                h2.set_target_window_size(connect::CONNECTION_WINDOW);
                // While the client has not acknowledged our first settings, others have to wait.
                tunnels.widened(h2.set_initial_window_size(connect::STREAM_WINDOW).is_ok());
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
            () = stall.longer_than(config.head_timeout) => return,
            _ = phase.wait_for(|phase| *phase != Phase::Serving), if !going_away => {
                going_away = true;
                h2.graceful_shutdown();
            }
        }
    }
}

/// Never ready: each poll, after the library's, lets out what was gathered. The library hears of an error when it writes again.
async fn drain_each_turn(outlet: &Outlet) -> Infallible {
    poll_fn(|context| {
        let _ = outlet.poll_drain(context);
        Poll::Pending
    })
    .await
}

/// One stream.
struct Stream {
    worker: Rc<Worker>,
    connection: Rc<Connection>,
    tunnels: Rc<Tunnels>,
    untold: Untold,
    id: u32,
    /// Counts as open while it lives.
    _open: Rc<()>,
}

impl Stream {
    /// Serves when it is the stream's turn.
    async fn take_turn(self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let turn = {
            let mut turn = pin!(self.worker.strangers.turn(self.connection.peer));
            poll_fn(|context| match turn.as_mut().poll(context) {
                Poll::Ready(turn) => Poll::Ready(Some(turn)),
                // Whoever resets the stream waits no more.
                Poll::Pending => respond.poll_reset(context).map(|_| None),
            })
            .await
        };
        if let Some(_turn) = turn {
            // Boxed: what starts a task copies it several times, and what waits shall hold little.
            Box::pin(self.serve(request, respond)).await;
        }
    }

    async fn serve(self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        if connect::is_asked(&request, &self.connection, &self.worker) {
            let serving = connect::serve(&self.worker, &self.connection, &self.tunnels, request, respond);
            return Box::pin(serving).await;
        }
        let (parts, body) = request.into_parts();
        let head = match websocket::protocol(&parts) {
            // INVARIANT I-6: what was cut off is refused, as HTTP/1 refuses it.
            _ if self.untold.had_fragment(self.id) => Err(Malformed::TargetByte),
            None => RequestHead::from_http2(&parts, body.is_end_stream(), &self.worker.shared.limits),
            Some(protocol) => websocket::head(&parts, protocol, &self.worker.shared.limits),
        };
        drop(parts);
        let method = head.as_ref().map_or(Method::GET, |head| head.method().clone());
        let pace = Pace::of_reply(&self.worker.shared.config);
        match head {
            Err(rule) => {
                let reply = refuse_connection(&self.worker, &Refusal::Malformed(rule), self.connection.peer);
                send(reply, respond, &method, pace).await;
            }
            Ok(head) if let Some(reply) = self.tunnels.said(&head, &self.worker) => {
                send(reply, respond, &method, pace).await
            }
            Ok(head) if head.hops().websocket => {
                if let Some(reply) = self.reply(&head, RequestBody::Empty, &mut respond, None).await {
                    websocket::answer(reply, respond, body, pace).await;
                }
            }
            Ok(head) => {
                let (want, wanted) = match head.expects_continue().then(oneshot::channel) {
                    Some((want, wanted)) => (Some(want), Some(wanted)),
                    None => (None, None),
                };
                let body = RequestBody::http2(body, self.untold.clone(), &head, &self.worker.shared.config, want);
                match self.reply(&head, body, &mut respond, wanted).await {
                    // RFC 9113, 8.1.1: an error of the stream.
                    Some(_) if self.untold.has_wrong_trailers(self.id) => respond.send_reset(Reason::PROTOCOL_ERROR),
                    Some(reply) => {
                        if let Some((mut stream, reason)) = send_whole(reply, respond, &method, pace).await {
                            let malformed = self.untold.has_wrong_trailers(self.id);
                            stream.send_reset(if malformed { Reason::PROTOCOL_ERROR } else { reason });
                        }
                    }
                    None => {}
                }
            }
        }
    }

    /// The reply, unless the client resets the stream first. Says meanwhile what comes before a reply.
    async fn reply(
        &self,
        head: &RequestHead,
        body: RequestBody,
        respond: &mut SendResponse<Bytes>,
        mut wanted: Option<oneshot::Receiver<()>>,
    ) -> Option<Reply> {
        let (interim, mut hints) = Interim::wanted(head.is_navigation());
        let mut serving = pin!(serve::serve(&self.worker, &self.connection, head, body, interim));
        poll_fn(|context| {
            loop {
                if let Poll::Ready(reply) = serving.as_mut().poll(context) {
                    // An answer that comes with its hints does not overtake them.
                    while let Some(links) = hints.waiting() {
                        say(respond, StatusCode::EARLY_HINTS, links);
                    }
                    return Poll::Ready(Some(reply));
                }
                if wanted.as_mut().is_some_and(|wanted| pin!(wanted).poll(context).is_ready()) {
                    wanted = None;
                    say(respond, StatusCode::CONTINUE, HeaderMap::new());
                    continue;
                }
                if let Poll::Ready(links) = hints.poll_next(context) {
                    say(respond, StatusCode::EARLY_HINTS, links);
                    continue;
                }
                // A client that resets the stream wants no reply: the upstream's work ends with this future.
                return respond.poll_reset(context).map(|_| None);
            }
        })
        .await
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.untold.forget(self.id);
    }
}

/// Says something before the reply. A stream that cannot be told of it will hear of its end.
fn say(respond: &mut SendResponse<Bytes>, status: StatusCode, fields: HeaderMap) {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = fields;
    let _ = respond.send_informational(response);
}

pub(crate) async fn send(reply: Reply, respond: SendResponse<Bytes>, method: &Method, pace: Pace) {
    if let Some((mut stream, reason)) = send_whole(reply, respond, method, pace).await {
        stream.send_reset(reason);
    }
}

/// Sends a reply; the stream, and why it is to be reset, when it did not come to its end.
async fn send_whole(
    reply: Reply,
    mut respond: SendResponse<Bytes>,
    method: &Method,
    pace: Pace,
) -> Option<(SendStream<Bytes>, Reason)> {
    let Reply { head, mut body, .. } = reply;
    let no_body = *method == Method::HEAD || (body.length() == Some(0) && !matches!(body, ReplyBody::Trailed(..)));
    let head = complete(head, &body, method);
    let mut stream = respond.send_response(head, no_body).ok()?;
    if no_body {
        return None;
    }
    let reason = send_body(&mut body, &mut stream, pace).await.err()?;
    Some((stream, reason))
}

fn complete(mut head: Response<()>, body: &ReplyBody, method: &Method) -> Response<()> {
    *head.version_mut() = http::Version::HTTP_2;
    let fields = head.headers_mut();
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
        fields.remove(name);
    }
    if *method != Method::HEAD {
        fields.remove(CONTENT_LENGTH);
        if let Some(length) = body.length() {
            fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    if !fields.contains_key(DATE)
        && let Ok(date) = HeaderValue::try_from(crate::date::now())
    {
        fields.insert(DATE, date);
    }
    head
}

/// Sends a body as the client's windows allow; the reason to reset the stream if it did not come to its end.
async fn send_body(body: &mut ReplyBody, stream: &mut SendStream<Bytes>, mut pace: Pace) -> Result<(), Reason> {
    loop {
        let data = poll_fn(|context| {
            if stream.poll_reset(context).is_ready() {
                return Poll::Ready(Err(Reason::CANCEL));
            }
            body.poll_data(context).map(Ok)
        });
        let mut data = match data.await? {
            Some(Ok(data)) => data,
            Some(Err(_)) => return Err(Reason::CANCEL),
            None => {
                let ended = match body.take_trailers() {
                    Some(trailers) if !trailers.is_empty() => stream.send_trailers(trailers),
                    _ => stream.send_data(Bytes::new(), true),
                };
                return ended.map_err(|_| Reason::CANCEL);
            }
        };
        while !data.is_empty() {
            stream.reserve_capacity(data.len());
            let capacity = poll_fn(|context| {
                // INVARIANT I-10: a stream whose window is shut is cut as well.
                if body.poll_cut(context).is_ready() || stream.poll_reset(context).is_ready() {
                    return Poll::Ready(None);
                }
                match stream.poll_capacity(context) {
                    Poll::Ready(capacity) => Poll::Ready(capacity.and_then(Result::ok)),
                    // A window that is opened by drips, or never, holds the upstream no longer than a slow reader does.
                    Poll::Pending => pace.poll_too_slow(context).map(|()| None),
                }
            });
            let capacity = capacity.await.ok_or(Reason::CANCEL)?;
            let part = data.split_to(capacity.min(data.len()));
            pace.arrived(part.len());
            stream.send_data(part, false).map_err(|_| Reason::CANCEL)?;
        }
    }
}
