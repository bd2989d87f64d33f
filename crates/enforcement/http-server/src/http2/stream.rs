//! One stream of an HTTP/2 connection: its head, its body, and the reply.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use sekisho_policy_enforcement::{Glimpse, Malformed, Refusal, RequestHead};
use tokio::sync::oneshot;

use super::body::Http2Body;
use super::draining::drain;
use super::sending::{send, send_whole};
use super::stream_audit::StreamAudit;
use super::tunnel_windows::TunnelWindows;
use super::websocket;
use crate::interim::Interim;
use crate::pace::Pace;
use crate::reply::Reply;
use crate::request_body::RequestBody;
use crate::service::Service;

/// One stream.
pub(super) struct Stream<S: Service> {
    pub(super) service: Rc<S>,
    pub(super) windows: Rc<TunnelWindows>,
    pub(super) audit: StreamAudit,
    pub(super) id: u32,
    /// Counts as open while it lives.
    pub(super) _open: Rc<()>,
}

impl<S: Service> Stream<S> {
    /// Serves when it is the stream's turn.
    pub(super) async fn take_turn(self, mut request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let too_long = RequestHead::is_too_long(&request, &self.service.limits().head).then(|| {
            // What is refused anyway holds no memory while it waits.
            let glimpse = glimpse(&request);
            *request.headers_mut() = HeaderMap::new();
            glimpse
        });
        let turn = {
            let mut turn = pin!(self.service.turn());
            poll_fn(|context| match turn.as_mut().poll(context) {
                Poll::Ready(turn) => Poll::Ready(Some(turn)),
                // A client that resets the stream waits no more.
                Poll::Pending => respond.poll_reset(context).map(|_| None),
            })
            .await
        };
        if let Some(turn) = turn {
            // Boxed: what starts a task copies it several times, and what waits shall hold little.
            let unread = Box::pin(self.serve(request, too_long, respond)).await;
            drop(turn);
            if let Some(unread) = unread {
                drain(unread).await;
            }
        }
    }

    /// Serves; the body, where the reply is complete and nobody wanted the whole of it.
    async fn serve(
        &self,
        request: Request<RecvStream>,
        too_long: Option<Glimpse>,
        mut respond: SendResponse<Bytes>,
    ) -> Option<RecvStream> {
        if let Some(glimpse) = too_long {
            let (parts, body) = request.into_parts();
            self.refuse(Malformed::HeadTooLong, &glimpse, &parts.method, respond).await;
            return Some(body);
        }
        if self.service.takes_tunnels() && is_plain_connect(&request) {
            Box::pin(self.service.tunnel(request, respond, &self.windows)).await;
            return None;
        }
        let limits = self.service.limits();
        let (parts, body) = request.into_parts();
        let head = match websocket::protocol(&parts) {
            // INVARIANT I-6: what was cut off is refused, as HTTP/1 refuses it.
            _ if self.audit.had_fragment(self.id) => Err(Malformed::TargetByte),
            None => RequestHead::from_http2(&parts, body.is_end_stream(), &limits.head),
            Some(protocol) => websocket::head(&parts, protocol, &limits.head),
        };
        let head = match head {
            Ok(head) => head,
            Err(rule) => {
                let glimpse = Glimpse::of_http2(&parts.method, &parts.uri, &parts.headers);
                self.refuse(rule, &glimpse, &parts.method, respond).await;
                return Some(body);
            }
        };
        drop(parts);
        let method = head.method().clone();
        let pace = Pace::of_reply(limits);
        match head {
            head if head.hops().websocket => {
                if let Some(reply) = self.reply(&head, RequestBody::Empty, &mut respond, None).await {
                    websocket::answer::<S>(reply, respond, body, pace).await;
                }
            }
            head => {
                let (want, wanted) = match head.expects_continue().then(oneshot::channel) {
                    Some((want, wanted)) => (Some(want), Some(wanted)),
                    None => (None, None),
                };
                let (body, unread) = match body.is_end_stream() {
                    true => (RequestBody::Empty, None),
                    false => {
                        let (body, unread) = Http2Body::new(body, self.audit.clone(), &head, limits, want);
                        (RequestBody::Http2(body), Some(unread))
                    }
                };
                match self.reply(&head, body, &mut respond, wanted).await {
                    // RFC 9113, 8.1.1: an error of the stream.
                    Some(_) if self.audit.has_wrong_trailers(self.id) => respond.send_reset(Reason::PROTOCOL_ERROR),
                    Some(reply) => {
                        if let Some((mut stream, reason)) = send_whole(reply, respond, &method, pace).await {
                            let malformed = self.audit.has_wrong_trailers(self.id);
                            stream.send_reset(if malformed { Reason::PROTOCOL_ERROR } else { reason });
                            return None;
                        }
                        return unread.and_then(|mut unread| unread.try_recv().ok());
                    }
                    None => {}
                }
            }
        }
        None
    }

    /// Answers a head that breaks a rule.
    async fn refuse(&self, rule: Malformed, glimpse: &Glimpse, method: &Method, respond: SendResponse<Bytes>) {
        let reply = self.service.refuse(&Refusal::Malformed(rule), glimpse);
        send(reply, respond, method, Pace::of_reply(self.service.limits())).await;
    }

    /// The reply, unless the client resets the stream first. Says meanwhile what comes before a reply.
    async fn reply(
        &self,
        head: &RequestHead,
        body: RequestBody,
        respond: &mut SendResponse<Bytes>,
        mut wanted: Option<oneshot::Receiver<()>>,
    ) -> Option<Reply<S::Body>> {
        let (interim, mut hints) = Interim::wanted(head.is_navigation());
        let mut serving = pin!(self.service.serve(head, body, interim));
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

impl<S: Service> Drop for Stream<S> {
    fn drop(&mut self) {
        self.audit.forget(self.id);
    }
}

/// A look at a head of which nothing is kept.
fn glimpse<B>(request: &Request<B>) -> Glimpse {
    Glimpse::of_http2(request.method(), request.uri(), request.headers())
}

/// Whether a request asks for a tunnel, and not for another protocol in a stream (RFC 8441).
fn is_plain_connect<B>(request: &Request<B>) -> bool {
    request.method() == Method::CONNECT && request.extensions().get::<Protocol>().is_none()
}

/// Says something before the reply. A stream that cannot be told of it will hear of its end.
fn say(respond: &mut SendResponse<Bytes>, status: StatusCode, fields: HeaderMap) {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = fields;
    let _ = respond.send_informational(response);
}
