//! Starting and stopping the gateway.

use std::net::SocketAddr;

use crate::GatewayParts;

/// A running gateway. Dropping it does not stop it; [`RunningGateway::shutdown`] does.
#[derive(Debug)]
pub struct RunningGateway {
    /// The addresses that TLS is served on, with the ports that were taken.
    pub addresses: Vec<SocketAddr>,
    /// The addresses that redirect to HTTPS.
    pub redirect_addresses: Vec<SocketAddr>,
}

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {address}: {source}; free the port or set another one in `gateway.listen`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A worker thread could not be started.
    #[error("cannot start a worker: {0}")]
    Worker(#[from] std::io::Error),
    /// The configuration contradicts itself.
    #[error("{0}")]
    Configuration(String),
}

/// Binds the listeners and starts the workers.
///
/// # Errors
/// [`StartError`] when an address cannot be bound or the configuration contradicts itself; nothing runs then.
pub fn start(parts: GatewayParts) -> Result<RunningGateway, StartError> {
    let _ = parts;
    Err(StartError::Configuration("not yet".to_owned()))
}

impl RunningGateway {
    /// Stops accepting, lets open exchanges end within the configured time, cuts what is left, and returns.
    pub async fn shutdown(self) {}
}
