//! Reaching an upstream. The only place in the workspace that does, and it takes a permit.
//!
//! Step 12 of the life of a request; next: `crates/gateway/src/watched.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use sekisho_policy_engine::Permit;
use sekisho_policy_information::World;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::GatewayConfig;
use crate::serve::RequestBody;

type Sender = SendRequest<RequestBody>;
/// Idle connections by address, each with the time since which it has been idle.
type Idle = RefCell<HashMap<SocketAddr, Vec<(Sender, Instant)>>>;

/// Upstreams close idle connections after 5 seconds or more; ours are not offered to anybody for as long.
const LONGEST_IDLE: Duration = Duration::from_secs(4);

/// The idle upstream connections of one worker, by address, the last used first.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Rc<Idle>,
}

/// A connection that carries one exchange. Only a clean end of the exchange gives it back; otherwise it is dropped.
pub(crate) struct Lease {
    sender: Sender,
    address: SocketAddr,
    most_idle: usize,
    idle: Weak<Idle>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The resource has no upstream any more.
    NoUpstream,
    /// No connection could be made.
    Unreachable(std::io::Error),
    /// No answer began in time.
    TimedOut,
    /// What came was no answer, or the connection ended.
    Broken(hyper::Error),
}

/// Sends a permitted request to its resource's upstream.
///
/// The address comes from the World and the permit, never from the request.
// INVARIANT I-8: whoever wants an upstream reached must hold a permit for that resource.
pub(crate) async fn forward(
    pool: &Pool,
    permit: &Permit,
    world: &World,
    config: &GatewayConfig,
    request: Request<RequestBody>,
) -> Result<(Response<Incoming>, Lease), NoAnswer> {
    let upstream = world.resource(permit.resource()).and_then(|resource| resource.upstream.as_ref());
    let address = upstream.ok_or(NoAnswer::NoUpstream)?.address;
    let deadline = Instant::now() + config.response_timeout;
    let mut request = request;
    loop {
        let (mut sender, reused) = match pool.take(address).await {
            Some(sender) => (sender, true),
            None => (dial(address, config).await?, false),
        };
        match timeout_at(deadline, sender.try_send_request(request)).await {
            Err(_) => return Err(NoAnswer::TimedOut),
            Ok(Ok(response)) => {
                let idle = Rc::downgrade(&pool.idle);
                return Ok((response, Lease { sender, address, most_idle: config.upstream_idle, idle }));
            }
            Ok(Err(mut failed)) => match failed.take_message() {
                // The upstream had closed an idle connection, and nothing of the request was sent.
                Some(unsent) if reused => request = unsent,
                _ => return Err(NoAnswer::Broken(failed.into_error())),
            },
        }
    }
}

/// Connects a permitted tunnel to its resource: the first of its addresses that accepts.
///
/// The addresses come from the World and the permit, never from the request. `own` is where the gateway listens: a tunnel that
/// leads back to it would carry itself.
// INVARIANT I-8: whoever wants a TCP service reached must hold a permit for that resource.
pub(crate) async fn open(
    permit: &Permit,
    world: &World,
    config: &GatewayConfig,
    own: &[SocketAddr],
) -> Result<TcpStream, NoAnswer> {
    let addresses = world.resource(permit.resource()).map(|resource| resource.addresses.as_slice());
    let mut last = NoAnswer::NoUpstream;
    for address in addresses.unwrap_or_default() {
        match connect(address.socket(), config).await {
            Ok(stream) if leads_to(&stream, own) => {
                last = NoAnswer::Unreachable(std::io::ErrorKind::NotConnected.into())
            }
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether the other end is one of our own listeners, whichever of this machine's addresses was dialled.
fn leads_to(stream: &TcpStream, own: &[SocketAddr]) -> bool {
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return true };
    let is_this_machine = peer.ip().to_canonical() == local.ip().to_canonical();
    own.iter().any(|own| {
        let same = own.ip().to_canonical() == peer.ip().to_canonical();
        own.port() == peer.port() && (same || (own.ip().is_unspecified() && is_this_machine))
    })
}

async fn dial(address: SocketAddr, config: &GatewayConfig) -> Result<Sender, NoAnswer> {
    let stream = connect(address, config).await?;
    let handshake = http1::Builder::new().max_headers(200).handshake(TokioIo::new(stream));
    let (sender, connection) = handshake.await.map_err(NoAnswer::Broken)?;
    tokio::task::spawn_local(async move {
        // Its exchange is told of an error; a second answer to one request ends here, with the connection.
        let _ = connection.with_upgrades().await;
    });
    Ok(sender)
}

async fn connect(address: SocketAddr, config: &GatewayConfig) -> Result<TcpStream, NoAnswer> {
    let stream = match timeout(config.connect_timeout, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(NoAnswer::Unreachable(error)),
        Err(_) => return Err(NoAnswer::Unreachable(std::io::ErrorKind::TimedOut.into())),
    };
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

impl Pool {
    async fn take(&self, address: SocketAddr) -> Option<Sender> {
        loop {
            let (mut sender, since) = self.idle.borrow_mut().get_mut(&address)?.pop()?;
            if since.elapsed() < LONGEST_IDLE && !sender.is_closed() && sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    /// Drops connections that have been idle for too long.
    pub(crate) fn prune(&self) {
        self.idle.borrow_mut().retain(|_, senders| {
            senders.retain(|(sender, since)| since.elapsed() < LONGEST_IDLE && !sender.is_closed());
            !senders.is_empty()
        });
    }
}

impl Lease {
    /// Offers the connection to the next exchange: this one ended cleanly.
    pub(crate) fn give_back(self) {
        let Some(idle) = self.idle.upgrade() else { return };
        let mut idle = idle.borrow_mut();
        let senders = idle.entry(self.address).or_default();
        if senders.len() < self.most_idle && !self.sender.is_closed() {
            senders.push((self.sender, Instant::now()));
        }
    }
}
