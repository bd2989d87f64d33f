//! What goes back to the client, whichever version of HTTP it speaks.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use crate::pace::Patience;

/// A reply: head, body, and whether the connection goes on.
#[derive(Debug)]
pub struct Reply<B> {
    /// Status and fields. The server adds the fields of framing and of the connection.
    pub head: Response<()>,
    /// The body.
    pub body: B,
    /// Whether the connection must end with this reply.
    pub ends_connection: bool,
}

/// The body of a reply.
pub trait ReplyBody: From<Bytes> {
    /// The body's length in bytes, if it is known.
    fn length(&self) -> Option<u64>;

    /// The next bytes; `None` at the end.
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>>;

    /// Ready when the body must not go on, also while the client does not take what it has.
    fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// How long the client may take nothing of it; as long as the gateway says where it does not.
    fn patience(&self) -> Option<Patience>;

    /// The fields after the last byte, once that byte was read.
    fn take_trailers(&mut self) -> Option<HeaderMap>;

    /// Whether fields follow the body even where it has no byte.
    fn has_trailers(&self) -> bool;

    /// Whether the connection stops to speak HTTP with this reply: see [`crate::Service::upgrade`].
    fn is_upgrade(&self) -> bool;
}

/// Why a body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It is no longer permitted.
    Cut,
    /// Its source failed.
    Source,
}

impl<B: From<Bytes>> Reply<B> {
    /// A reply without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::with(status, Bytes::new())
    }

    /// A reply with a body that is there as a whole.
    #[must_use]
    pub fn with(status: StatusCode, body: Bytes) -> Self {
        let mut head = Response::new(());
        *head.status_mut() = status;
        Self { head, body: B::from(body), ends_connection: false }
    }
}
