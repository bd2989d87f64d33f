//! A request body, whichever version of HTTP it comes by.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::body_fault::{BodyError, BodyFault};
use crate::http1::body::Http1Body;
use crate::http2::body::Http2Body;
use crate::pace::Patience;

/// A request body.
pub enum RequestBody {
    /// None.
    Empty,
    /// One that was held until it was whole. `None` once it went on.
    Whole(Option<Bytes>),
    /// From an HTTP/1 connection.
    Http1(Http1Body),
    /// From an HTTP/2 stream.
    Http2(Http2Body),
}

impl RequestBody {
    /// Where the body notes what was wrong with it, and how far it went.
    #[must_use]
    pub fn fault(&self) -> BodyFault {
        match self {
            Self::Empty | Self::Whole(_) => BodyFault::default(),
            Self::Http1(body) => body.fault(),
            Self::Http2(body) => body.fault(),
        }
    }

    /// The client is permitted to send it, and waited for as long as the resource says.
    pub fn meet(&mut self, patience: Patience) {
        match self {
            Self::Empty | Self::Whole(_) => {}
            Self::Http1(body) => body.meet(patience),
            Self::Http2(body) => body.meet(patience),
        }
    }

    /// Lets the fields after the body pass: the upstream's protocol has a place for them. They are not checked here.
    pub const fn pass_trailers(&mut self) {
        if let Self::Http2(body) = self {
            body.pass_trailers();
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
            Self::Whole(whole) => Poll::Ready(whole.take().map(|data| Ok(Frame::data(data)))),
            Self::Http1(body) => Pin::new(body).poll_frame(context),
            Self::Http2(body) => body.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(whole) => whole.is_none(),
            Self::Http1(body) => body.is_end_stream(),
            Self::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(whole) => SizeHint::with_exact(whole.as_ref().map_or(0, |data| data.len() as u64)),
            Self::Http1(body) => body.size_hint(),
            Self::Http2(body) => body.size_hint(),
        }
    }
}
