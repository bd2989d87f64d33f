//! The body of an upstream's answer, whichever protocol it comes by.

use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use http::HeaderMap;
use sekisho_policy_enforcement::BrokenAnswer;

use crate::http1::{Connection, Http1Answer};
use crate::io::UpstreamIo;
use crate::pump::Pump;
use crate::stream_use::Stream;

/// A part of a body.
pub enum Part {
    /// Bytes.
    Data(Bytes),
    /// The fields after the last byte.
    Trailers(HeaderMap),
}

/// Why a body broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// The answer broke a rule.
    #[error("{0}")]
    Answer(BrokenAnswer),
    /// The request's own body failed on its way up.
    #[error("the request's body failed on its way up")]
    Request,
    /// The stream was reset, or its connection ended.
    #[error("its stream was reset")]
    Stream,
}

/// The body of an upstream's answer.
pub struct UpstreamBody(Source);

enum Source {
    /// From a connection of its own, as the strict reader reads it.
    Http1(Http1Answer),
    /// From one of many streams.
    Http2(Box<Http2>),
}

/// One stream's answer, and the request's body if that still goes up.
struct Http2 {
    incoming: RecvStream,
    pump: Option<Pump>,
    stream: Stream,
    over: bool,
}

impl UpstreamBody {
    pub(crate) const fn http1(answer: Http1Answer) -> Self {
        Self(Source::Http1(answer))
    }

    pub(crate) fn http2(incoming: RecvStream, pump: Option<Pump>, stream: Stream) -> Self {
        Self(Source::Http2(Box::new(Http2 { incoming, pump, stream, over: false })))
    }

    /// How long it is, where that is known; `written` is the length that the head states.
    #[must_use]
    pub fn length(&self, written: Option<u64>) -> Option<u64> {
        match &self.0 {
            Source::Http1(answer) => answer.length(written),
            // The library holds the stream to the length that was written.
            Source::Http2(body) => {
                if body.incoming.is_end_stream() {
                    Some(0)
                } else {
                    written
                }
            }
        }
    }

    /// The next part; `None` at the end.
    pub fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Part, Failed>>> {
        match &mut self.0 {
            Source::Http1(answer) => answer.poll_part(context),
            Source::Http2(body) => body.poll_part(context),
        }
    }

    /// Whether nothing of it is left, so that its connection is free already.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        match &self.0 {
            Source::Http1(answer) => answer.is_over(),
            Source::Http2(_) => false,
        }
    }

    /// The connection, where it stopped to speak HTTP with this answer, and what came behind it.
    #[must_use]
    pub fn into_upgraded(self) -> Option<(UpstreamIo, BytesMut)> {
        match self.0 {
            Source::Http1(answer) => Some(answer.into_upgraded()),
            Source::Http2(_) => None,
        }
    }

    pub(crate) fn into_connection(self) -> Option<Box<Connection>> {
        match self.0 {
            Source::Http1(answer) => answer.into_connection(),
            Source::Http2(_) => None,
        }
    }
}

impl Http2 {
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Part, Failed>>> {
        let part = ready!(self.next_part(context));
        if !matches!(part, Some(Ok(Part::Data(_)))) && self.pump.as_ref().is_none_or(Pump::is_over) {
            self.stream.is_over();
        }
        Poll::Ready(part)
    }

    fn next_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Part, Failed>>> {
        if self.over {
            return Poll::Ready(None);
        }
        match ready!(self.incoming.poll_data(context)) {
            Some(Ok(data)) => {
                // The window is given back as the client takes the bytes, so a slow client slows the upstream.
                let _ = self.incoming.flow_control().release_capacity(data.len());
                return Poll::Ready(Some(Ok(Part::Data(data))));
            }
            // The upstream wants no more of the request, and had said everything.
            Some(Err(error)) if error.reason() == Some(h2::Reason::NO_ERROR) => {}
            Some(Err(_)) => return Poll::Ready(Some(Err(Failed::Stream))),
            None => {}
        }
        let trailers = ready!(self.incoming.poll_trailers(context));
        self.over = true;
        Poll::Ready(match trailers {
            Ok(Some(trailers)) => Some(Ok(Part::Trailers(trailers))),
            Ok(None) => None,
            Err(error) if error.reason() == Some(h2::Reason::NO_ERROR) => None,
            Err(_) => Some(Err(Failed::Stream)),
        })
    }
}
