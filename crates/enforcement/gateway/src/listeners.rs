//! The sockets that connections come in by: bound here, or inherited from the process before this one.
//!
//! Each worker has a listener of its own for each address, and the system spreads connections over those that share a port.
//! A listener that is closed loses the connections that wait in it. A successor therefore gets these very sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::GatewayConfig;
use crate::start_error::StartError;

/// What a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    /// TLS: everything.
    Everything,
    /// Plain HTTP: the way to TLS.
    Redirects,
}

/// A listening socket, to be passed to a successor.
#[derive(Debug)]
pub struct ListeningSocket {
    /// The address as it was configured: its port may be 0.
    pub wanted: SocketAddr,
    /// Whether it only redirects to HTTPS.
    pub redirects: bool,
    /// The socket.
    pub socket: TcpListener,
}

impl ListeningSocket {
    /// Binds the address that TLS is served on before the gateway starts, where its free port must be known earlier.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(wanted: SocketAddr) -> io::Result<Self> {
        Ok(Self { wanted, redirects: false, socket: listen(wanted)? })
    }
}

/// The listeners of every worker.
pub(crate) struct Listeners {
    /// For each worker, what it accepts from.
    pub(crate) by_worker: Vec<Vec<(TcpListener, Serves)>>,
    /// The addresses that TLS is served on, with the ports that were taken.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The addresses that redirect to HTTPS.
    pub(crate) redirects: Vec<SocketAddr>,
    /// Duplicates of all of them, for a successor.
    pub(crate) kept: Vec<ListeningSocket>,
}

impl Listeners {
    /// Takes what was inherited for the configured addresses, and binds what is missing. What was inherited for other
    /// addresses is closed.
    pub(crate) fn open(
        config: &GatewayConfig,
        inherited: Vec<ListeningSocket>,
        workers: usize,
    ) -> Result<Self, StartError> {
        let mut listeners = Self {
            by_worker: (0..workers).map(|_| Vec::new()).collect(),
            addresses: Vec::new(),
            redirects: Vec::new(),
            kept: Vec::new(),
        };
        let mut inherited = inherited;
        for wanted in &config.listen {
            let address = listeners.add(*wanted, Serves::Everything, &mut inherited)?;
            listeners.addresses.push(address);
        }
        for wanted in &config.redirect_listen {
            let address = listeners.add(*wanted, Serves::Redirects, &mut inherited)?;
            listeners.redirects.push(address);
        }
        Ok(listeners)
    }

    fn add(
        &mut self,
        wanted: SocketAddr,
        serves: Serves,
        inherited: &mut Vec<ListeningSocket>,
    ) -> Result<SocketAddr, StartError> {
        let failed = |source| StartError::Bind { address: wanted, source };
        let redirects = serves == Serves::Redirects;
        let is_ours = |one: &ListeningSocket| one.wanted == wanted && one.redirects == redirects;
        let (ours, others): (Vec<_>, Vec<_>) = std::mem::take(inherited).into_iter().partition(is_ours);
        *inherited = others;
        let mut sockets: Vec<TcpListener> = ours.into_iter().map(|one| one.socket).collect();
        let mut address = match sockets.first() {
            Some(first) => first.local_addr().map_err(failed)?,
            None => is_free(wanted).map(|()| wanted).map_err(failed)?,
        };
        while sockets.len() < self.by_worker.len() {
            let socket = listen(address).map_err(failed)?;
            // The first takes a free port where none was named; the others share it.
            address = socket.local_addr().map_err(failed)?;
            sockets.push(socket);
        }
        // More sockets than workers: somebody accepts from each, or the connections in it would wait for ever.
        for (number, socket) in sockets.into_iter().enumerate() {
            let kept = socket.try_clone().map_err(failed)?;
            self.kept.push(ListeningSocket { wanted, redirects, socket: kept });
            let worker = number % self.by_worker.len().max(1);
            if let Some(worker) = self.by_worker.get_mut(worker) {
                worker.push((socket, serves));
            }
        }
        Ok(address)
    }
}

/// Sharing a port is for our own workers: one that another program listens on, another Sekisho too, is taken.
fn is_free(address: SocketAddr) -> io::Result<()> {
    let alone = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    alone.set_reuse_address(true)?;
    alone.bind(&address.into())?;
    alone.listen(1)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}
