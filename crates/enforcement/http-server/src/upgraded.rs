//! A client's connection, or one HTTP/2 stream, that stopped to speak HTTP.

use bytes::BytesMut;

use crate::halves::{FromClient, ToClient};

/// Both halves of a connection that both sides agreed to use otherwise.
pub struct Upgraded {
    /// What the client sends.
    pub from_client: FromClient,
    /// What goes to the client.
    pub to_client: ToClient,
    /// What the client sent before it heard of the agreement.
    pub early: BytesMut,
}
