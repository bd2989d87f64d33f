//! The body of an upstream's answer, whichever protocol it comes by.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http::HeaderMap;
use http_body::Body as _;
use hyper::body::Incoming;

use crate::pump::Pump;
use crate::stream_use::Stream;

/// A part of a body.
pub enum Part {
    /// Bytes.
    Data(Bytes),
    /// The fields after the last byte.
    Trailers(HeaderMap),
}

/// The source failed.
#[derive(Debug)]
pub struct Failed;

/// The body of an upstream's answer.
pub enum UpstreamBody {
    /// From a connection of its own.
    Http1(Incoming),
    /// From one of many streams.
    Http2(Box<Http2>),
}

/// One stream's answer, and the request's body if that still goes up.
pub struct Http2 {
    incoming: RecvStream,
    pump: Option<Pump>,
    stream: Stream,
    over: bool,
}

impl UpstreamBody {
    pub(crate) const fn http1(incoming: Incoming) -> Self {
        Self::Http1(incoming)
    }

    pub(crate) fn http2(incoming: RecvStream, pump: Option<Pump>, stream: Stream) -> Self {
        Self::Http2(Box::new(Http2 { incoming, pump, stream, over: false }))
    }

    /// How long it is, where that is known; `written` is the length that the head states.
    #[must_use]
    pub fn length(&self, written: Option<u64>) -> Option<u64> {
        match self {
            Self::Http1(incoming) => incoming.size_hint().exact(),
            // The library holds the stream to the length that was written.
            Self::Http2(body) => {
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
        match self {
            Self::Http1(incoming) => loop {
                return match ready!(Pin::new(&mut *incoming).poll_frame(context)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => Poll::Ready(Some(Ok(Part::Data(data)))),
                        Err(frame) => match frame.into_trailers() {
                            Ok(trailers) => Poll::Ready(Some(Ok(Part::Trailers(trailers)))),
                            Err(_) => continue,
                        },
                    },
                    Some(Err(_)) => Poll::Ready(Some(Err(Failed))),
                    None => Poll::Ready(None),
                };
            },
            Self::Http2(body) => body.poll_part(context),
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
            Some(Err(_)) => return Poll::Ready(Some(Err(Failed))),
            None => {}
        }
        let trailers = ready!(self.incoming.poll_trailers(context));
        self.over = true;
        Poll::Ready(match trailers {
            Ok(Some(trailers)) => Some(Ok(Part::Trailers(trailers))),
            Ok(None) => None,
            Err(error) if error.reason() == Some(h2::Reason::NO_ERROR) => None,
            Err(_) => Some(Err(Failed)),
        })
    }
}
