//! A request body, whichever protocol it comes by.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use sekisho_policy_enforcement::{BodyFraming, RequestHead};
use tokio::sync::oneshot;

use crate::frames::Untold;
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
    untold: Untold,
    framing: BodyFraming,
    /// A call of gRPC may be silent for as long as it is open: it is a conversation, and it is watched.
    pace: Option<Pace>,
    fault: BodyFault,
    /// Told when the body is wanted for the first time: the moment to send `100 Continue`.
    wanted: Option<oneshot::Sender<()>>,
    data_ended: bool,
    passes_trailers: bool,
}

impl RequestBody {
    pub(crate) fn http2(
        stream: h2::RecvStream,
        untold: Untold,
        head: &RequestHead,
        config: &GatewayConfig,
        wanted: Option<oneshot::Sender<()>>,
    ) -> Self {
        if stream.is_end_stream() {
            return Self::Empty;
        }
        Self::Http2(Http2Body {
            stream,
            untold,
            framing: head.framing(),
            pace: (!head.is_grpc()).then(|| Pace::new(config)),
            fault: BodyFault::watching(),
            wanted,
            data_ended: false,
            passes_trailers: false,
        })
    }

    /// Where the body tells what was wrong with it, and that it moves.
    pub(crate) fn fault(&self) -> BodyFault {
        match self {
            Self::Empty => BodyFault::default(),
            Self::Http1(body) => body.fault(),
            Self::Http2(body) => body.fault.clone(),
        }
    }

    /// Lets the fields after the body pass: the upstream's protocol has a place for them. They are not checked here.
    pub(crate) const fn pass_trailers(&mut self) {
        if let Self::Http2(body) = self {
            body.passes_trailers = true;
        }
    }
}

impl Http2Body {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(wanted) = self.wanted.take() {
            let _ = wanted.send(());
        }
        if !self.data_ended
            && let Some(data) = ready!(self.poll_data(context))
        {
            return Poll::Ready(Some(data.map(Frame::data)));
        }
        self.data_ended = true;
        // INVARIANT I-6: RFC 9113, 8.1: such a request is malformed. It does not come to its end.
        if self.untold.has_wrong_trailers(self.stream.stream_id().as_u32()) {
            return Poll::Ready(Some(Err(self.fault.wrong_trailers())));
        }
        if !self.passes_trailers {
            return Poll::Ready(None);
        }
        match self.stream.poll_trailers(context) {
            Poll::Ready(Ok(trailers)) => {
                self.passes_trailers = false;
                Poll::Ready(trailers.map(Frame::trailers).map(Ok))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Some(Err(self.fault.ended_early()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self.stream.poll_data(context) {
            Poll::Ready(Some(Ok(data))) => {
                if let Some(pace) = &mut self.pace {
                    pace.arrived(data.len());
                }
                self.fault.moves(data.len());
                // The window is given back as the upstream takes the bytes, so a slow upstream slows the client.
                let _ = self.stream.flow_control().release_capacity(data.len());
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(self.fault.ended_early()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match &mut self.pace {
                Some(pace) => {
                    ready!(pace.poll_too_slow(context));
                    Poll::Ready(Some(Err(self.fault.too_slow())))
                }
                None => Poll::Pending,
            },
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
            Self::Http2(body) => body.poll_frame(context),
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
