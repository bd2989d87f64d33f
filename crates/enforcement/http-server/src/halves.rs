//! Both halves of a client's connection, and a look at whether the client is still there while nobody reads.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connected::Connected;

type Io = Box<dyn Connected>;
/// Held for one read, write or look.
type Shared = Arc<Mutex<Io>>;

/// What the client sends.
pub struct FromClient(Shared);

/// What goes to the client.
pub struct ToClient(Shared);

/// Whether the client is still there.
#[derive(Clone)]
pub(crate) struct Presence(Shared);

/// Divides a connection.
#[must_use]
pub fn halves(io: Io) -> (FromClient, ToClient) {
    let shared = Arc::new(Mutex::new(io));
    (FromClient(Arc::clone(&shared)), ToClient(shared))
}

fn lock(shared: &Shared) -> MutexGuard<'_, Io> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FromClient {
    pub(crate) fn presence(&self) -> Presence {
        Presence(Arc::clone(&self.0))
    }
}

impl ToClient {
    /// Holds back what is written from here on; see [`Connected::hold`].
    pub fn hold(&mut self) {
        lock(&self.0).hold();
    }
}

impl Presence {
    /// Whether the client closed its end, also while what it sent before waits to be read.
    pub(crate) fn has_left(&self) -> bool {
        lock(&self.0).has_left()
    }
}

impl AsyncRead for FromClient {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *lock(&self.0)).poll_read(context, into)
    }
}

impl AsyncWrite for ToClient {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *lock(&self.0)).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *lock(&self.0)).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        lock(&self.0).is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *lock(&self.0)).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *lock(&self.0)).poll_shutdown(context)
    }
}
