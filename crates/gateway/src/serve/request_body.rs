//! A request body, whichever protocol it comes by.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use sekisho_policy_enforcement::BodyFraming;

use crate::http1::{BodyFault, Http1Body};
use crate::pace::Pace;
use crate::{BodyError, GatewayConfig};

/// A request body.
pub(crate) enum RequestBody {
    /// None.
    Empty,
    /// From an HTTP/1 connection.
    Http1(Http1Body),
    /// From an HTTP/2 stream.
    Http2(Http2Body),
}

/// The body of an HTTP/2 stream.
pub(crate) struct Http2Body {
    stream: h2::RecvStream,
    framing: BodyFraming,
    pace: Pace,
    fault: BodyFault,
}

impl RequestBody {
    pub(crate) fn http2(stream: h2::RecvStream, framing: BodyFraming, config: &GatewayConfig) -> Self {
        if stream.is_end_stream() {
            return Self::Empty;
        }
        Self::Http2(Http2Body { stream, framing, pace: Pace::new(config), fault: BodyFault::default() })
    }

    /// Where the body tells what was wrong with it.
    pub(crate) fn fault(&self) -> BodyFault {
        match self {
            Self::Empty => BodyFault::default(),
            Self::Http1(body) => body.fault(),
            Self::Http2(body) => body.fault.clone(),
        }
    }
}

impl Http2Body {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self.stream.poll_data(context) {
            Poll::Ready(Some(Ok(data))) => {
                self.pace.arrived(data.len());
                // The window is given back as the upstream takes the bytes, so a slow upstream slows the client.
                let _ = self.stream.flow_control().release_capacity(data.len());
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(self.fault.ended_early()))),
            // Trailers may follow; they are dropped unread.
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.pace.poll_too_slow(context));
                Poll::Ready(Some(Err(self.fault.too_slow())))
            }
        }
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Http1(body) => Pin::new(body).poll_frame(context),
            Self::Http2(body) => {
                let data = ready!(body.poll_data(context));
                Poll::Ready(data.map(|data| data.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Http1(body) => body.is_end_stream(),
            Self::Http2(body) => body.stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Http1(body) => body.size_hint(),
            Self::Http2(body) => match body.framing {
                BodyFraming::Length(length) => SizeHint::with_exact(length),
                BodyFraming::None | BodyFraming::Chunked => SizeHint::default(),
            },
        }
    }
}
