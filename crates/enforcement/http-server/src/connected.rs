//! A client's connection, with TLS or without.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_tcp_cork;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::read_ahead::ReadAhead;

/// A client's connection.
pub trait Connected: AsyncRead + AsyncWrite + Unpin + Send {
    /// Holds back what is written from here on until the connection is shut down, and sends it as one piece with its end, where
    /// the transport can.
    fn hold(&mut self) {}

    /// Whether the client closed its end, where the transport tells.
    fn has_left(&self) -> bool {
        false
    }
}

impl Connected for TlsStream<ReadAhead<TcpStream>> {
    fn hold(&mut self) {
        // What cannot be held back leaves in pieces.
        let _ = set_tcp_cork(self.get_ref().0.under(), true);
    }

    fn has_left(&self) -> bool {
        is_closed(self.get_ref().0.under())
    }
}

impl Connected for TcpStream {
    fn has_left(&self) -> bool {
        is_closed(self)
    }
}

/// Whether the other end sends no more. Asks the system, and waits for nothing.
fn is_closed(stream: &TcpStream) -> bool {
    let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
    let mut asked = [PollFd::new(stream, PollFlags::RDHUP)];
    // What cannot be asked is there.
    let _ = poll(&mut asked, Some(&Timespec::default()));
    asked.iter().any(|answered| answered.revents().intersects(gone))
}

#[cfg(test)]
impl Connected for tokio::io::DuplexStream {}
