//! A client's connection, or one HTTP/2 stream, that stopped to speak HTTP.

use bytes::BytesMut;
use tokio::io::{ReadHalf, WriteHalf};

use crate::connected::Connected;

/// Both halves of a connection that both sides agreed to use otherwise.
pub struct Upgraded {
    /// What the client sends.
    pub from_client: ReadHalf<Box<dyn Connected>>,
    /// What goes to the client.
    pub to_client: WriteHalf<Box<dyn Connected>>,
    /// What the client sent before it heard of the agreement.
    pub early: BytesMut,
}
