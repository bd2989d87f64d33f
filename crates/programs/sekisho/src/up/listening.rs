//! The sockets that the platform listens on: its predecessor's, or new ones.

use std::net::{SocketAddr, TcpListener};

use sekisho_gateway::ListeningSocket;

use super::observe;
use super::upgrade::Predecessor;
use crate::cli::Failure;
use crate::configuration::Configuration;

/// The sockets that are there before anything is served.
pub(super) struct Listening {
    /// Those of the gateway; it binds what is missing.
    pub(super) gateway: Vec<ListeningSocket>,
    /// The one for metrics, with the address as it is configured.
    pub(super) operation: Option<(SocketAddr, TcpListener)>,
}

impl Listening {
    /// Takes the predecessor's sockets, binds the one for metrics, and writes the port that was taken into the configuration.
    pub(super) fn take(
        configuration: &mut Configuration,
        predecessor: Option<&mut Predecessor>,
    ) -> Result<Self, Failure> {
        let mut inherited = predecessor.map(Predecessor::take_sockets).unwrap_or_default();
        take_port(configuration, &mut inherited.gateway)?;
        let operation = match configuration.operation_listen {
            Some(wanted) => Some((wanted, observe::listen(wanted, inherited.operation)?)),
            None => None,
        };
        Ok(Self { gateway: inherited.gateway, operation })
    }
}

/// Port 0 asks for a free one; it must be known before the first origin is written down.
fn take_port(configuration: &mut Configuration, inherited: &mut Vec<ListeningSocket>) -> Result<(), Failure> {
    let listen = configuration.listen;
    if listen.port() != 0 {
        return Ok(());
    }
    let is_for_it = |one: &&ListeningSocket| one.wanted == listen && !one.redirects;
    let address = match inherited.iter().find(is_for_it) {
        Some(one) => one.socket.local_addr(),
        None => {
            // The gateway goes on with this very socket, so nobody can take the port in between.
            let socket = ListeningSocket::bind(listen).map_err(Failure::unavailable)?;
            let address = socket.socket.local_addr();
            inherited.push(socket);
            address
        }
    };
    configuration.listen = address.map_err(Failure::unavailable)?;
    Ok(())
}
