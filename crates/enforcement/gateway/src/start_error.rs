//! Why a gateway did not start.

use std::io;
use std::net::SocketAddr;

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {address}: {source}; {}", why_not(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A worker thread could not be started.
    #[error("cannot start a worker: {0}")]
    Worker(#[from] io::Error),
    /// The configuration contradicts itself.
    #[error("{0}")]
    Configuration(String),
}

/// What helps when an address cannot be bound.
fn why_not(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "a port below 1024 needs the capability `CAP_NET_BIND_SERVICE` (under systemd `AmbientCapabilities=CAP_NET_BIND_SERVICE`), or set another one in the configuration"
        }
        io::ErrorKind::AddrNotAvailable => {
            "no network interface of this machine has that address: set one that it has, or `0.0.0.0`, in the configuration"
        }
        _ => "free the port, or set another one in the configuration (`--port` for the demonstration)",
    }
}
