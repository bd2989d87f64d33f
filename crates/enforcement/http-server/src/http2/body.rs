//! The body of a request over HTTP/2.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http_body::{Frame, SizeHint};
use sekisho_policy_enforcement::{BodyFraming, RequestHead};
use tokio::sync::oneshot;

use super::stream_audit::StreamAudit;
use crate::body_fault::{BodyError, BodyFault};
use crate::limits::ConnectionLimits;
use crate::pace::{Pace, Patience};

/// The body of an HTTP/2 stream.
pub struct Http2Body {
    /// Here until the body is dropped.
    stream: Option<RecvStream>,
    id: u32,
    /// Takes the stream back when the body is dropped before its end.
    unread: Option<oneshot::Sender<RecvStream>>,
    audit: StreamAudit,
    framing: BodyFraming,
    /// A call of gRPC may be silent for as long as it is open: it is a conversation, and it is watched.
    pace: Option<Pace>,
    fault: BodyFault,
    /// Sends when the body is wanted for the first time: the moment for `100 Continue`.
    wanted: Option<oneshot::Sender<()>>,
    data_ended: bool,
    passes_trailers: bool,
}

impl Http2Body {
    /// `stream` must not have ended. The second value gets it back when the body is dropped before its end.
    pub(super) fn new(
        stream: RecvStream,
        audit: StreamAudit,
        head: &RequestHead,
        limits: &ConnectionLimits,
        wanted: Option<oneshot::Sender<()>>,
    ) -> (Self, oneshot::Receiver<RecvStream>) {
        let (unread, returned) = oneshot::channel();
        let body = Self {
            id: stream.stream_id().as_u32(),
            stream: Some(stream),
            unread: Some(unread),
            audit,
            framing: head.framing(),
            pace: (!head.is_grpc()).then(|| Pace::new(limits)),
            fault: BodyFault::watching(),
            wanted,
            data_ended: false,
            passes_trailers: false,
        };
        (body, returned)
    }

    pub(crate) fn fault(&self) -> BodyFault {
        self.fault.clone()
    }

    pub(crate) fn meet(&mut self, patience: Patience) {
        if let Some(pace) = &mut self.pace {
            pace.meet(Some(patience));
        }
    }

    pub(crate) const fn pass_trailers(&mut self) {
        self.passes_trailers = true;
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.stream.as_ref().is_none_or(RecvStream::is_end_stream)
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        match self.framing {
            BodyFraming::Length(length) => SizeHint::with_exact(length),
            BodyFraming::None | BodyFraming::Chunked => SizeHint::default(),
        }
    }

    pub(crate) fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
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
        if self.audit.has_wrong_trailers(self.id) {
            return Poll::Ready(Some(Err(self.fault.wrong_trailers())));
        }
        let Some(stream) = self.stream.as_mut().filter(|_| self.passes_trailers) else { return Poll::Ready(None) };
        match stream.poll_trailers(context) {
            Poll::Ready(Ok(trailers)) => {
                self.passes_trailers = false;
                Poll::Ready(trailers.map(Frame::trailers).map(Ok))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Some(Err(self.fault.ended_early()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        match stream.poll_data(context) {
            Poll::Ready(Some(Ok(data))) => {
                if let Some(pace) = &mut self.pace {
                    pace.arrived(data.len());
                }
                self.fault.moves(data.len());
                // The window is given back as the upstream takes the bytes, so a slow upstream slows the client.
                let _ = stream.flow_control().release_capacity(data.len());
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

impl Drop for Http2Body {
    fn drop(&mut self) {
        if let (Some(stream), Some(unread)) = (self.stream.take(), self.unread.take())
            && !self.data_ended
        {
            let _ = unread.send(stream);
        }
    }
}
