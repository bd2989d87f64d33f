//! One direction of a WebSocket: bytes go on as they come, and a quiet one holds no memory.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

thread_local! {
    /// What was read and goes on in the same turn, for all directions of a thread: ten thousand quiet ones need it once.
    static PASSING: RefCell<Vec<u8>> = RefCell::new(vec![0; 16 * 1024]);
}

/// One direction.
#[derive(Debug)]
pub struct Direction<R, W> {
    /// Where bytes come from.
    pub from: R,
    /// Where they go.
    pub to: W,
    /// What was read and the other side did not take at once.
    rest: BytesMut,
    /// Something was written and may not have left.
    unflushed: bool,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Direction<R, W> {
    /// `early` was read before.
    #[must_use]
    pub const fn new(from: R, to: W, early: BytesMut) -> Self {
        Self { from, to, rest: early, unflushed: false }
    }

    /// What was read and not written.
    pub const fn rest(&mut self) -> &mut BytesMut {
        &mut self.rest
    }

    /// Carries bytes until `from` ends, and shows those that were written. No byte is lost or shown twice, whenever it is
    /// polled for the last time.
    ///
    /// # Errors
    /// When either side fails, or `to` takes nothing any more.
    pub fn poll_carry(&mut self, context: &mut Context<'_>, mut written: impl FnMut(&[u8])) -> Poll<io::Result<()>> {
        loop {
            while !self.rest.is_empty() {
                let length = ready!(write(&mut self.to, context, &self.rest))?;
                self.unflushed = true;
                written(self.rest.get(..length).unwrap_or_default());
                self.rest.advance(length);
                if self.rest.is_empty() {
                    self.rest = BytesMut::new();
                }
            }
            if self.unflushed {
                ready!(Pin::new(&mut self.to).poll_flush(context))?;
                self.unflushed = false;
            }
            if ready!(PASSING.with_borrow_mut(|passing| self.poll_pass(context, passing, &mut written)))? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Reads once and writes what is taken at once; whether `from` has ended.
    fn poll_pass(
        &mut self,
        context: &mut Context<'_>,
        passing: &mut [u8],
        mut written: impl FnMut(&[u8]),
    ) -> Poll<io::Result<bool>> {
        let mut read = ReadBuf::new(passing);
        ready!(Pin::new(&mut self.from).poll_read(context, &mut read))?;
        let mut bytes = read.filled();
        if bytes.is_empty() {
            return Poll::Ready(Ok(true));
        }
        while !bytes.is_empty() {
            let Poll::Ready(length) = write(&mut self.to, context, bytes)? else {
                self.rest.extend_from_slice(bytes);
                break;
            };
            self.unflushed = true;
            let (now, later) = bytes.split_at(length.min(bytes.len()));
            written(now);
            bytes = later;
        }
        Poll::Ready(Ok(false))
    }
}

fn write(to: &mut (impl AsyncWrite + Unpin), context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(to).poll_write(context, bytes)) {
        Ok(0) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
        written => Poll::Ready(written),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn everything_goes_on_in_order_through_a_narrow_place_and_is_shown_once() {
        let (mut near, from) = duplex(1 << 20);
        let (to, mut far) = duplex(7);
        let mut direction = Direction::new(from, to, BytesMut::from(&b"early"[..]));
        let sent: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut shown = Vec::new();
        let carry = async {
            poll_fn(|context| direction.poll_carry(context, |bytes| shown.extend_from_slice(bytes))).await?;
            direction.to.shutdown().await
        };
        let mut got = Vec::new();
        let ends = async {
            near.write_all(&sent).await?;
            near.shutdown().await?;
            far.read_to_end(&mut got).await
        };
        let (carried, ended) = tokio::join!(carry, ends);
        assert!(carried.is_ok() && ended.is_ok());
        assert_eq!(got, [&b"early"[..], &sent].concat());
        assert_eq!(shown, got);
        assert_eq!(direction.rest().capacity(), 0, "a quiet direction holds nothing");
    }

    #[tokio::test]
    async fn what_is_not_taken_waits_and_a_side_that_is_gone_is_an_error() {
        let (mut near, from) = duplex(64);
        let (to, far) = duplex(4);
        let mut direction = Direction::new(from, to, BytesMut::new());
        near.write_all(b"0123456789").await.expect("room");
        let once = poll_fn(|context| Poll::Ready(direction.poll_carry(context, |_| {}))).await;
        assert!(once.is_pending());
        assert_eq!(&direction.rest()[..], b"456789");
        drop(far);
        let ended = poll_fn(|context| direction.poll_carry(context, |_| {})).await;
        assert!(ended.is_err());
    }
}
