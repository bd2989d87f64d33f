//! What goes back to the client, whichever protocol it speaks.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;

use crate::exchange::Exchange;
use crate::watched::{Ended, Watched, WatchedTunnel};
use crate::{Body, parts::BodyError};

/// A reply: head, body, and what becomes of the connection.
pub(crate) struct Reply {
    /// Status and fields; framing and connection fields are the protocol's to add.
    pub(crate) head: Response<()>,
    /// The body.
    pub(crate) body: ReplyBody,
    /// The connection must end with this reply.
    pub(crate) ends_connection: bool,
}

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

/// Why a body ended before its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is no longer permitted.
    Cut,
    /// Its source failed.
    Source,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self::with(status, Bytes::new())
    }

    pub(crate) fn with(status: StatusCode, body: Bytes) -> Self {
        let mut head = Response::new(());
        *head.status_mut() = status;
        Self { head, body: ReplyBody::Full(body), ends_connection: false }
    }
}

impl ReplyBody {
    /// The body's length, if it is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Full(bytes) | Self::Trailed(bytes, _) => u64::try_from(bytes.len()).ok(),
            Self::Local(body, _) => body.size_hint().exact(),
            Self::Upstream(body) => body.length(),
            Self::Tunnel(_) => Some(0),
        }
    }

    /// The next bytes.
    pub(crate) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
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
            Self::Upstream(body) => body.poll_data(context).map(|data| {
                data.map(|data| {
                    data.map_err(|ended| match ended {
                        Ended::Cut => Broken::Cut,
                        Ended::Upstream => Broken::Source,
                    })
                })
            }),
            Self::Tunnel(_) => Poll::Ready(None),
        }
    }

    /// The fields after the last byte, once that was read.
    pub(crate) fn take_trailers(&mut self) -> Option<HeaderMap> {
        match self {
            Self::Trailed(_, trailers) => Some(std::mem::take(trailers)),
            Self::Upstream(body) => body.take_trailers(),
            Self::Full(_) | Self::Local(..) | Self::Tunnel(_) => None,
        }
    }

    /// Ready when the body may not go on, also while the client does not take what it has.
    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Upstream(body) => body.poll_cut(context),
            Self::Full(_) | Self::Trailed(..) | Self::Local(..) | Self::Tunnel(_) => Poll::Pending,
        }
    }
}

fn local_failed(error: &BodyError) -> Broken {
    tracing::warn!(%error, "a service of our own broke off its answer");
    Broken::Source
}
