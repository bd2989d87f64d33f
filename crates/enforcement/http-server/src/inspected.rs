//! A connection with an inspector: it sees what is read before the reader does, and how much is written. The bytes pass
//! unchanged.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Watches the bytes of a connection. By default it lets them pass unseen.
pub trait Inspect: Unpin {
    /// Bytes were read.
    ///
    /// # Errors
    /// What the reader gets instead of the bytes.
    fn read(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    /// As many bytes were written.
    fn wrote(&mut self, _bytes: usize) {}
}

/// A connection and its inspector, which lives as long as the connection is open.
#[derive(Debug)]
pub struct Inspected<S, I> {
    io: S,
    inspector: I,
}

impl<S, I> Inspected<S, I> {
    /// Puts an inspector on a connection.
    pub const fn new(io: S, inspector: I) -> Self {
        Self { io, inspector }
    }

    /// The connection and its inspector.
    pub fn into_parts(self) -> (S, I) {
        (self.io, self.inspector)
    }
}

impl<S: AsyncRead + Unpin, I: Inspect> AsyncRead for Inspected<S, I> {
    #[inline]
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(context, into))?;
        let passed = this.inspector.read(into.filled().get(before..).unwrap_or_default());
        if passed.is_err() {
            // What is refused was not read.
            into.set_filled(before);
        }
        Poll::Ready(passed)
    }
}

impl<S: AsyncWrite + Unpin, I: Inspect> AsyncWrite for Inspected<S, I> {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.io).poll_write(context, bytes))?;
        this.inspector.wrote(written);
        Poll::Ready(Ok(written))
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.io).poll_write_vectored(context, parts))?;
        this.inspector.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Lets nothing pass but what it expects, and counts what is written.
    struct Only(&'static [u8], usize);

    impl Inspect for Only {
        fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
            if self.0.starts_with(bytes) { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
        }

        fn wrote(&mut self, bytes: usize) {
            self.1 += bytes;
        }
    }

    #[tokio::test]
    async fn what_the_inspector_lets_pass_is_read_and_what_is_written_is_counted() {
        let (near, mut far) = duplex(64);
        let mut inspected = Inspected::new(near, Only(b"expected", 0));
        far.write_all(b"expect").await.expect("room");
        let mut got = [0; 64];
        assert_eq!(inspected.read(&mut got).await.expect("read"), 6);
        inspected.write_all(b"answer").await.expect("room");
        assert_eq!(inspected.into_parts().1.1, 6);
    }

    #[tokio::test]
    async fn what_the_inspector_refuses_is_not_read() {
        let (near, mut far) = duplex(64);
        let mut inspected = Inspected::new(near, Only(b"expected", 0));
        far.write_all(b"unexpected").await.expect("room");
        let mut buffer = [0; 64];
        let mut got = ReadBuf::new(&mut buffer);
        let read = std::future::poll_fn(|context| Pin::new(&mut inspected).poll_read(context, &mut got)).await;
        assert!(read.is_err() && got.filled().is_empty());
    }
}
