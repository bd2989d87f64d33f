//! One exchange's lease of one address of a resource, for as long as the exchange lasts.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use sekisho_model::documents::UpstreamProtocol;
use sekisho_model::facts::Handle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use crate::body::UpstreamBody;
use crate::budget::{Share, Socket};
use crate::http1::Connection;
use crate::http2::Shared;
use crate::io::UpstreamIo;
use crate::line::Line;
use crate::origin::{LONGEST_IDLE, Origin, Reuse, Target};

/// A lease of one address. Dropping it ends the lease.
pub(crate) struct EndpointLease {
    origin: Rc<Origin>,
    number: usize,
    /// Who asks.
    person: Handle,
    /// Others wait for the connection that is opened here.
    opens: Cell<bool>,
    /// That connection is for this requester only.
    alone: Cell<bool>,
}

/// An exchange's place at its upstream. Only a clean end of the exchange gives its connection back; otherwise it is dropped.
pub struct Lease {
    endpoint: EndpointLease,
    /// What it counts for its session.
    _share: Option<Share>,
}

impl EndpointLease {
    pub(crate) const fn new(origin: Rc<Origin>, number: usize, person: Handle) -> Self {
        Self { origin, number, person, opens: Cell::new(false), alone: Cell::new(false) }
    }

    pub(crate) const fn person(&self) -> Handle {
        self.person
    }

    fn target(&self) -> Option<&Target> {
        self.origin.targets.get(self.number)
    }

    /// Where to dial.
    pub(crate) fn address(&self) -> SocketAddr {
        // A lease is only made for an address that is there; nothing listens on port 0.
        self.target().map_or(SocketAddr::from(([127, 0, 0, 1], 0)), |target| target.address)
    }

    /// A connection that is open already.
    pub(crate) async fn idle(&self, reuse: Reuse) -> Option<Line> {
        let target = self.target().filter(|_| reuse == Reuse::Any)?;
        match self.origin.upstream.protocol {
            UpstreamProtocol::Http1 => loop {
                let (mut connection, since) = target.idle.borrow_mut().pop()?;
                if since.elapsed() < LONGEST_IDLE && connection.is_quiet() {
                    return Some(Line::Http1(connection));
                }
            },
            UpstreamProtocol::Http2 => loop {
                let others = {
                    let shared = target.shared.borrow();
                    let mut with_room = shared.iter().filter(|shared| shared.has_room());
                    if let Some(shared) = with_room.clone().find(|shared| shared.allows(self.person)) {
                        return Some(Line::Http2(shared.clone()));
                    }
                    with_room.any(|shared| shared.is_everybodys())
                };
                // One opens, and the others go with it; where that fails, each tries for itself.
                if !target.opening.replace(true) {
                    self.opens.set(true);
                    self.alone.set(others);
                    return None;
                }
                target.opened.notified().await;
                if target.is_resting(Instant::now()) {
                    return None;
                }
            },
        }
    }

    /// Makes a line of a new connection.
    pub(crate) async fn open(&self, stream: Socket) -> io::Result<Line> {
        let opened = timeout(self.origin.connect_timeout, async {
            match self.secured() {
                None => self.speak(UpstreamIo::Plain(stream)).await,
                Some(config) => {
                    let (config, name) = config?;
                    let stream = TlsConnector::from(config).connect(name, stream).await?;
                    let alpn = stream.get_ref().1.alpn_protocol();
                    if self.origin.upstream.protocol == UpstreamProtocol::Http2 && alpn != Some(b"h2") {
                        return Err(io::Error::other("the application does not offer HTTP/2 (ALPN h2)"));
                    }
                    self.speak(UpstreamIo::Secured(Box::new(stream))).await
                }
            }
        });
        let line = opened.await.map_err(|_| io::ErrorKind::TimedOut)??;
        if let Some(target) = self.target() {
            target.is_well();
        }
        self.settle();
        Ok(line)
    }

    /// Lets those go on who wait for a connection.
    fn settle(&self) {
        if let Some(target) = self.target().filter(|_| self.opens.replace(false)) {
            target.opening.set(false);
            target.opened.notify_waiters();
        }
    }

    fn secured(&self) -> Option<io::Result<(Arc<rustls::ClientConfig>, ServerName<'static>)>> {
        let tls = self.origin.upstream.tls.as_ref()?;
        let config = match self.origin.tls.as_ref()? {
            Ok(config) => config.clone(),
            Err(error) => return Some(Err(io::Error::other(error.clone()))),
        };
        let name = ServerName::try_from(tls.server_name.to_string());
        Some(name.map(|name| (config, name)).map_err(io::Error::other))
    }

    async fn speak(&self, stream: UpstreamIo) -> io::Result<Line> {
        match self.origin.upstream.protocol {
            UpstreamProtocol::Http1 => Ok(Line::Http1(Box::new(Connection::new(stream)))),
            UpstreamProtocol::Http2 => {
                let owner = self.alone.get().then_some(self.person);
                let shared = Shared::open(stream, owner).await.map_err(io::Error::other)?;
                if let Some(target) = self.target() {
                    target.shared.borrow_mut().push(shared.clone());
                }
                Ok(Line::Http2(shared))
            }
        }
    }

    /// The address could not be reached. Always true.
    pub(crate) fn failed(&self, error: &io::Error) -> bool {
        if let Some(target) = self.target() {
            tracing::warn!(%error, address = %target.address, "an address of an upstream is not reached");
            target.failed();
        }
        true
    }

    pub(crate) const fn lease(self) -> Lease {
        Lease { endpoint: self, _share: None }
    }
}

impl Drop for EndpointLease {
    fn drop(&mut self) {
        self.settle();
        self.origin.leave(self.number);
    }
}

impl Lease {
    /// Counts for a session as long as it lasts.
    pub(crate) fn counted(self, share: Share) -> Self {
        Self { _share: Some(share), ..self }
    }

    /// Offers the connection of an answer to the next exchange. One whose answer or request did not end cleanly is dropped.
    pub fn give_back(self, answer: UpstreamBody) {
        let (Some(target), Some(connection)) = (self.endpoint.target(), answer.into_connection()) else { return };
        let mut idle = target.idle.borrow_mut();
        if idle.len() < self.endpoint.origin.most_idle {
            idle.push((connection, Instant::now()));
        }
    }
}
