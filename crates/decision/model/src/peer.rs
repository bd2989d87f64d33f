//! Who is at the other end of a connection, as far as the connection itself tells.

use std::net::SocketAddr;

use crate::{DeviceId, RequestId};

/// What the gateway tells the services behind it (portal, device API) of the request's origin, as a request extension.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The remote address.
    pub address: SocketAddr,
    /// The device whose certificate the TLS handshake verified.
    pub device: Option<PresentedDevice>,
    /// The request's identifier.
    pub request: RequestId,
}

/// A device with the key that it proved, by a certificate of the device authority or by the agent. Whether it is still enrolled is for the World to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedDevice {
    /// The device.
    pub id: DeviceId,
    /// Hexadecimal SHA-256 of its DER SubjectPublicKeyInfo.
    pub key_sha256: String,
}
