//! One HTTP/2 stream as a connection of its own: what an agreed WebSocket needs to be carried like any other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use h2::{Reason, RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connected::Connected;

/// Both directions of a stream. Dropping it before its end resets the stream.
pub(super) struct StreamIo {
    incoming: RecvStream,
    outgoing: SendStream<Bytes>,
    /// What arrived and was not yet read.
    arrived: Bytes,
    ended: bool,
}

impl StreamIo {
    pub(super) const fn new(incoming: RecvStream, outgoing: SendStream<Bytes>) -> Self {
        Self { incoming, outgoing, arrived: Bytes::new(), ended: false }
    }
}

impl Drop for StreamIo {
    fn drop(&mut self) {
        if !self.ended {
            self.outgoing.send_reset(Reason::CANCEL);
        }
    }
}

impl AsyncRead for StreamIo {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.arrived.is_empty() {
            match ready!(self.incoming.poll_data(context)) {
                Some(Ok(data)) => self.arrived = data,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.arrived.len().min(into.remaining());
        into.put_slice(self.arrived.get(..length).unwrap_or_default());
        self.arrived.advance(length);
        // The window is given back as the bytes are taken.
        let _ = self.incoming.flow_control().release_capacity(length);
        Poll::Ready(Ok(()))
    }
}

impl Connected for StreamIo {}

impl AsyncWrite for StreamIo {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if self.outgoing.poll_reset(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.outgoing.reserve_capacity(bytes.len());
        let capacity = match ready!(self.outgoing.poll_capacity(context)) {
            Some(Ok(capacity)) => capacity,
            Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        };
        let part = bytes.get(..capacity.min(bytes.len())).unwrap_or_default();
        let sent = self.outgoing.send_data(Bytes::copy_from_slice(part), false);
        Poll::Ready(sent.map(|()| part.len()).map_err(io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The connection's own task writes.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        self.ended = true;
        Poll::Ready(self.outgoing.send_data(Bytes::new(), true).map_err(io::Error::other))
    }
}
