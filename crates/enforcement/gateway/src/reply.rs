//! What goes back to the client: a reply of our own, of a service of ours, or of an application.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body::Body as _;
use sekisho_http_server::{self as http_server, BodyError, Broken, Patience};

use crate::callbacks::Body;
use crate::exchange::Exchange;
use crate::watched_body::{Watched, WatchedTunnel};

/// A reply: head, body, and what becomes of the connection.
pub(crate) type Reply = http_server::Reply<ReplyBody>;

/// A reply's body.
pub(crate) enum ReplyBody {
    /// Bytes of our own.
    Full(Bytes),
    /// Bytes of our own, and fields after them where the protocol has such.
    Trailed(Bytes, HeaderMap),
    /// From a service of our own.
    Local(Body, Exchange),
    /// From an upstream: watched, and cut when it is no longer permitted.
    Upstream(Box<Watched>),
    /// No body: the connection becomes a WebSocket to an upstream that agreed to it.
    Tunnel(Box<WatchedTunnel>),
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Full(bytes)
    }
}

impl http_server::ReplyBody for ReplyBody {
    /// The body's length, if it is known.
    fn length(&self) -> Option<u64> {
        match self {
            Self::Full(bytes) | Self::Trailed(bytes, _) => u64::try_from(bytes.len()).ok(),
            Self::Local(body, _) => body.size_hint().exact(),
            Self::Upstream(body) => body.length(),
            Self::Tunnel(_) => Some(0),
        }
    }

    /// The next bytes.
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        match self {
            Self::Full(bytes) | Self::Trailed(bytes, _) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) | Self::Trailed(bytes, _) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Self::Local(body, exchange) => loop {
                return match Pin::new(&mut *body).poll_frame(context) {
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) => {
                            exchange.sent(data.len());
                            Poll::Ready(Some(Ok(data)))
                        }
                        Err(_trailers) => continue,
                    },
                    Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(local_failed(&error)))),
                    Poll::Ready(None) => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                };
            },
            Self::Upstream(body) => body.poll_data(context),
            Self::Tunnel(_) => Poll::Ready(None),
        }
    }

    /// The fields after the last byte, once that was read.
    fn take_trailers(&mut self) -> Option<HeaderMap> {
        match self {
            Self::Trailed(_, trailers) => Some(std::mem::take(trailers)),
            Self::Upstream(body) => body.take_trailers(),
            Self::Full(_) | Self::Local(..) | Self::Tunnel(_) => None,
        }
    }

    /// Ready when the body may not go on, also while the client does not take what it has.
    fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Upstream(body) => body.poll_cut(context),
            Self::Full(_) | Self::Trailed(..) | Self::Local(..) | Self::Tunnel(_) => Poll::Pending,
        }
    }

    /// What the resource's document says.
    fn patience(&self) -> Option<Patience> {
        match self {
            Self::Upstream(body) => Some(body.patience()),
            Self::Full(_) | Self::Trailed(..) | Self::Local(..) | Self::Tunnel(_) => None,
        }
    }

    fn has_trailers(&self) -> bool {
        matches!(self, Self::Trailed(..))
    }

    fn is_upgrade(&self) -> bool {
        matches!(self, Self::Tunnel(_))
    }
}

fn local_failed(error: &BodyError) -> Broken {
    tracing::warn!(%error, "a service of our own broke off its answer");
    Broken::Source
}

/// Notes a reply for the exchange that it belongs to.
pub(crate) fn note_reply(exchange: &Exchange, reply: &mut Reply, method: &Method) {
    if exchange.is_unobserved() {
        return;
    }
    exchange.status(reply.head.status());
    match &mut reply.body {
        ReplyBody::Full(bytes) | ReplyBody::Trailed(bytes, _) if *method != Method::HEAD => exchange.sent(bytes.len()),
        ReplyBody::Local(_, of_body) => *of_body = exchange.clone(),
        _ => {}
    }
}

/// Sets a field of a reply; a value that no field can have is left out.
pub(crate) fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        reply.head.headers_mut().insert(name, value);
    }
}
