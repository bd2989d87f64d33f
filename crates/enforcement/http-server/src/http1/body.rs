//! The body of an HTTP/1 request: it borrows the connection's reading half, and gives it back when it is over.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use sekisho_policy_enforcement::{BodyFraming, BodyPart, BodyReader};
use tokio::sync::oneshot;

use super::reading::Readable;
use crate::body_fault::{BodyError, BodyFault};
use crate::limits::ConnectionLimits;
use crate::pace::{Pace, Patience};

/// The reading half on its way back to its connection, with how far the body was read.
pub(crate) struct Returned {
    pub(crate) readable: Readable,
    pub(crate) reader: BodyReader,
}

/// A request body that reads from its connection.
pub struct Http1Body {
    state: Option<Returned>,
    give_back: Option<oneshot::Sender<Returned>>,
    /// Told when the body is wanted for the first time: the moment to send `100 Continue`.
    wanted: Option<oneshot::Sender<()>>,
    framing: BodyFraming,
    pace: Pace,
    fault: BodyFault,
}

/// What the connection keeps while a body has its reading half.
pub(crate) struct Loan {
    pub(crate) returned: oneshot::Receiver<Returned>,
    pub(crate) wanted: oneshot::Receiver<()>,
}

impl Http1Body {
    pub(crate) fn lend(readable: Readable, framing: BodyFraming, limits: &ConnectionLimits) -> (Self, Loan) {
        let (give_back, returned) = oneshot::channel();
        let (want, wanted) = oneshot::channel();
        let body = Self {
            state: Some(Returned { readable, reader: BodyReader::new(framing) }),
            give_back: Some(give_back),
            wanted: Some(want),
            framing,
            pace: Pace::new(limits),
            fault: BodyFault::watching(),
        };
        (body, Loan { returned, wanted })
    }

    pub(crate) fn fault(&self) -> BodyFault {
        self.fault.clone()
    }

    pub(crate) fn meet(&mut self, patience: Patience) {
        self.pace.meet(Some(patience));
    }

    fn give_back(&mut self) {
        if let (Some(state), Some(give_back)) = (self.state.take(), self.give_back.take()) {
            // When nobody waits for it the connection is gone, and the half goes with it.
            let _ = give_back.send(state);
        }
    }

    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(wanted) = self.wanted.take() {
            let _ = wanted.send(());
        }
        let Some(Returned { readable, reader }) = &mut self.state else { return Poll::Ready(None) };
        loop {
            match reader.next(&mut readable.buffer) {
                Ok(BodyPart::Data(data)) => {
                    self.pace.arrived(data.len());
                    self.fault.moves(data.len());
                    if reader.is_done() {
                        self.give_back();
                    }
                    return Poll::Ready(Some(Ok(data)));
                }
                Ok(BodyPart::End) => {
                    self.give_back();
                    return Poll::Ready(None);
                }
                Err(_) => return Poll::Ready(Some(Err(self.fault.malformed()))),
                Ok(BodyPart::Incomplete) => match readable.poll_fill(context) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Some(Err(self.fault.ended_early()))),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Pending => {
                        ready!(self.pace.poll_too_slow(context));
                        return Poll::Ready(Some(Err(self.fault.too_slow())));
                    }
                },
            }
        }
    }
}

impl http_body::Body for Http1Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let part = ready!(self.poll_part(context));
        Poll::Ready(part.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.state.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.framing {
            BodyFraming::None => SizeHint::with_exact(0),
            BodyFraming::Length(length) => SizeHint::with_exact(length),
            BodyFraming::Chunked => SizeHint::default(),
        }
    }
}

impl Drop for Http1Body {
    fn drop(&mut self) {
        self.give_back();
    }
}
