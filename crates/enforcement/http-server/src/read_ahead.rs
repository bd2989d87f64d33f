//! A connection under TLS, read in large pieces while much comes. The TLS library asks for 4 KiB at a time: five system calls for
//! each record of an upload.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// As many bytes are read at once.
const PIECE: usize = 64 * 1024;
/// A read of at least this many bytes that got all it asked for is probably followed by more.
const MUCH: usize = 4096;

/// The connection. It holds no memory while nothing is ahead.
#[derive(Debug)]
pub struct ReadAhead<S> {
    stream: S,
    ahead: BytesMut,
    more: bool,
}

impl<S> ReadAhead<S> {
    /// Reads ahead on a connection.
    pub fn new(stream: S) -> Self {
        Self { stream, ahead: BytesMut::new(), more: false }
    }

    /// The connection itself.
    #[must_use]
    pub const fn under(&self) -> &S {
        &self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ahead, more } = &mut *self;
        if ahead.is_empty() && !*more {
            let (wanted, before) = (into.remaining(), into.filled().len());
            ready!(Pin::new(&mut *stream).poll_read(context, into))?;
            *more = wanted >= MUCH && into.filled().len() - before == wanted;
            return Poll::Ready(Ok(()));
        }
        if ahead.is_empty() {
            ahead.reserve(PIECE);
            let read = pin!(stream.read_buf(ahead)).poll(context);
            // The last read took everything that had arrived, so nothing follows yet.
            *more = matches!(read, Poll::Ready(Ok(length)) if length >= MUCH);
            if ahead.is_empty() {
                *ahead = BytesMut::new();
            }
            ready!(read)?;
        }
        let length = ahead.len().min(into.remaining());
        into.put_slice(ahead.get(..length).unwrap_or_default());
        ahead.advance(length);
        if ahead.is_empty() && !*more {
            *ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn every_byte_comes_once_and_in_order_and_nothing_is_held_at_rest() {
        let (mut up, down) = duplex(256 * 1024);
        let mut reader = ReadAhead::new(down);
        let sent: Vec<u8> = (0..1_000_003_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let all = sent.clone();
        let sending = tokio::spawn(async move {
            up.write_all(&all).await.expect("sent");
            up
        });
        let (mut got, mut piece, mut was_ahead) = (Vec::new(), vec![0; MUCH], false);
        while got.len() < sent.len() {
            let length = reader.read(&mut piece).await.expect("read");
            assert!(length > 0);
            got.extend_from_slice(piece.get(..length).expect("within"));
            was_ahead |= !reader.ahead.is_empty();
        }
        assert!(got == sent && was_ahead);
        let mut up = sending.await.expect("it ends");
        // Nothing comes: a reader that waits holds no memory.
        assert!(reader.read(&mut piece).now_or_never().is_none());
        assert_eq!(reader.ahead.capacity(), 0);
        up.write_all(b"x").await.expect("sent");
        assert_eq!(reader.read(&mut piece).await.expect("read"), 1);
        drop(up);
        assert_eq!(reader.read(&mut piece).await.expect("the end"), 0);
    }
}
