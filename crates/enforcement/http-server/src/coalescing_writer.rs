//! Writes of all streams of one connection, coalesced: what they write in one turn goes out as one system call and one TLS
//! record. The protocol library would flush after each frame.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connected::Connected;

/// As many bytes are held. Beyond it they must go out before more are taken.
const HELD: usize = 16 * 1024;

/// A connection whose writes are coalesced. A flush does nothing: the task that drives the connection flushes at the end of each
/// turn, through the [`Flusher`].
pub(crate) struct CoalescingWriter(Rc<RefCell<Wire>>);

/// Writes what a [`CoalescingWriter`] holds.
pub(crate) struct Flusher(Rc<RefCell<Wire>>);

struct Wire {
    io: Box<dyn Connected>,
    out: BytesMut,
    unflushed: bool,
    broken: bool,
}

impl CoalescingWriter {
    pub(crate) fn new(io: Box<dyn Connected>) -> (Self, Flusher) {
        let wire = Rc::new(RefCell::new(Wire { io, out: BytesMut::new(), unflushed: false, broken: false }));
        (Self(wire.clone()), Flusher(wire))
    }
}

impl Flusher {
    /// Writes what is held. The next write returns the error of one that failed.
    pub(crate) fn poll_drain(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_drain(context)
    }
}

impl Wire {
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let drained = self.poll_write_out(context);
        self.broken |= matches!(drained, Poll::Ready(Err(_)));
        drained
    }

    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(context, &self.out))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.out.advance(written),
            }
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.io).poll_flush(context))?;
            self.unflushed = false;
            // A quiet connection holds no memory for what it does not say.
            self.out = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_coalesce(&mut self, context: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        if length.max(self.out.len()) >= HELD {
            ready!(self.poll_drain(context))?;
        }
        if length >= HELD {
            // Nothing is gained by holding what is large by itself.
            self.unflushed = true;
            return Pin::new(&mut self.io).poll_write_vectored(context, parts);
        }
        self.out.reserve(length);
        parts.iter().for_each(|part| self.out.extend_from_slice(part));
        Poll::Ready(Ok(length))
    }
}

impl AsyncRead for CoalescingWriter {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.borrow_mut().io).poll_read(context, into)
    }
}

impl AsyncWrite for CoalescingWriter {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.borrow_mut().poll_coalesce(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.borrow_mut().poll_coalesce(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = self.0.borrow_mut();
        ready!(wire.poll_drain(context))?;
        Pin::new(&mut wire.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn many_small_writes_go_out_as_one_when_they_are_let_out() {
        let (near, mut far) = duplex(1 << 20);
        let (mut writer, flusher) = CoalescingWriter::new(Box::new(near));
        for _ in 0..100 {
            writer.write_all(b"frame").await.expect("held");
            writer.flush().await.expect("nothing to do");
        }
        let mut got = vec![0; 4096];
        let early = poll_fn(|context| {
            Poll::Ready(Pin::new(&mut far).poll_read(context, &mut ReadBuf::new(&mut got)).is_pending())
        });
        assert!(early.await, "nothing left before the end of the turn");
        poll_fn(|context| flusher.poll_drain(context)).await.expect("written");
        assert_eq!(far.read(&mut got).await.expect("read"), 500);
        assert_eq!(flusher.0.borrow().out.capacity(), 0);
    }

    #[tokio::test]
    async fn a_write_to_a_client_that_is_gone_fails() {
        let (near, far) = duplex(64);
        let (mut writer, flusher) = CoalescingWriter::new(Box::new(near));
        writer.write_all(b"frame").await.expect("held");
        drop(far);
        assert!(poll_fn(|context| flusher.poll_drain(context)).await.is_err());
        assert!(writer.write_all(b"frame").await.is_err());
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_stops_what_is_held_and_an_end_lets_out_the_rest() {
        let (near, mut far) = duplex(64);
        let (mut writer, _flusher) = CoalescingWriter::new(Box::new(near));
        let taken = poll_fn(|context| {
            let mut taken = 0;
            while let Poll::Ready(Ok(more)) = Pin::new(&mut writer).poll_write(context, &[7; 1000]) {
                taken += more;
            }
            Poll::Ready(taken)
        });
        let taken = taken.await;
        assert!((HELD..HELD + 1064).contains(&taken), "{taken}");
        let mut got = Vec::new();
        let (ended, read) = tokio::join!(writer.shutdown(), far.read_to_end(&mut got));
        assert!(ended.is_ok() && read.is_ok());
        assert_eq!(got.len(), taken);
    }
}
