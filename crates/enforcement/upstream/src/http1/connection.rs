//! A connection that carries one exchange after another.

use std::future::Future as _;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf as _, BytesMut};
use sekisho_http_server::BodyError;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, ReadBuf};

use super::upload::Upload;
use crate::io::UpstreamIo;

/// As many bytes of a request are held before they are written.
const HELD: usize = 64 * 1024;
/// As many bytes are read at once, unless much comes.
const PIECE: usize = 8 * 1024;
/// As many are read at once while much comes.
const LARGE_PIECE: usize = 64 * 1024;
/// Where there is less room than this, more is made before a read.
const LEAST_ROOM: usize = 2 * 1024;
/// A buffer that is larger is not kept for the next exchange.
const MOST_KEPT: usize = 16 * 1024;

/// An open connection, and the request that is on its way up.
pub(crate) struct Connection {
    pub(super) io: UpstreamIo,
    /// What came and was not read yet.
    pub(super) inbox: BytesMut,
    /// What is to be written.
    pub(super) outbox: BytesMut,
    pub(super) upload: Upload,
    /// The last read filled all the room that it had.
    much: bool,
    /// Something was written and may not have left.
    unflushed: bool,
    /// A request did not go up whole: there is no other after it.
    pub(super) stopped: bool,
}

/// Why a request did not go up whole.
pub(super) enum Stopped {
    /// Its body failed: the client is at fault.
    Body(BodyError),
    /// The upstream takes no more.
    Closed(io::Error),
}

impl Connection {
    pub(crate) fn new(io: UpstreamIo) -> Self {
        let (inbox, outbox) = (BytesMut::with_capacity(PIECE), BytesMut::with_capacity(1024));
        Self { io, inbox, outbox, upload: Upload::none(), much: false, unflushed: false, stopped: false }
    }

    /// Whether it is open and nothing came that nobody asked for: such bytes would be taken for the next answer.
    pub(crate) fn is_quiet(&mut self) -> bool {
        // INVARIANT I-6: what stands behind an answer belongs to no exchange, and ends the connection.
        let mut byte = [0];
        let mut into = ReadBuf::new(&mut byte);
        let mut context = Context::from_waker(Waker::noop());
        self.inbox.is_empty() && Pin::new(&mut self.io).poll_read(&mut context, &mut into).is_pending()
    }

    /// Reads more; how much, 0 at the end.
    pub(super) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.inbox.capacity() - self.inbox.len() < LEAST_ROOM {
            self.inbox.reserve(if self.much { LARGE_PIECE } else { PIECE });
        }
        let room = self.inbox.capacity() - self.inbox.len();
        let length = ready!(pin!(self.io.read_buf(&mut self.inbox)).poll(context))?;
        self.much = length >= room.min(PIECE);
        Poll::Ready(Ok(length))
    }

    /// Nothing comes at the moment: a connection that waits holds no memory for what does not come.
    pub(super) fn rests(&mut self) {
        if self.inbox.is_empty() {
            (self.inbox, self.much) = (BytesMut::new(), false);
        }
    }

    /// Whether something of the request is still to go up.
    pub(super) fn is_uploading(&self) -> bool {
        !self.upload.is_read() || !self.outbox.is_empty() || self.unflushed
    }

    /// The upstream takes no more of the request: what it answers is still read.
    pub(super) fn stop_upload(&mut self) {
        (self.upload, self.unflushed, self.stopped) = (Upload::none(), false, true);
        self.outbox.clear();
    }

    /// Carries the request up, as far as it is there and the upstream takes it. Ready when all of it has left.
    pub(super) fn poll_upload(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        loop {
            // What is there already goes out in one write.
            let mut waits = false;
            while !waits && !self.upload.is_read() && self.outbox.len() < HELD {
                match self.upload.poll_more(context, &mut self.outbox) {
                    Poll::Ready(more) => more.map_err(Stopped::Body)?,
                    Poll::Pending => waits = true,
                }
            }
            ready!(self.poll_write_out(context)).map_err(Stopped::Closed)?;
            if self.upload.is_read() {
                self.upload = Upload::none();
                return Poll::Ready(Ok(()));
            }
            if waits {
                return Poll::Pending;
            }
        }
    }

    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outbox.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(context, &self.outbox))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.outbox.advance(written),
            }
            self.unflushed = true;
        }
        if self.outbox.capacity() > MOST_KEPT {
            self.outbox = BytesMut::new();
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.io).poll_flush(context))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
