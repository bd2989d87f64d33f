//! A client's connection, with TLS or without.

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
}

impl Connected for TlsStream<ReadAhead<TcpStream>> {
    fn hold(&mut self) {
        // What cannot be held back leaves in pieces.
        let _ = set_tcp_cork(self.get_ref().0.under(), true);
    }
}

impl Connected for TcpStream {}

#[cfg(test)]
impl Connected for tokio::io::DuplexStream {}
