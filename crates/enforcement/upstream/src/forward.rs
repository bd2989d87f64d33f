//! Reaching an upstream. The only place in the workspace that does, and it takes a permit.
//!
//! Step 12 of the life of a request; next: `crates/enforcement/gateway/src/watched_body.rs`.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use sekisho_http_server::RequestBody;
use sekisho_model::documents::{HealthCheck, Resource};
use sekisho_model::facts::Handle;
use sekisho_policy_enforcement::health_head;
use sekisho_policy_engine::Permit;
use sekisho_policy_information::World;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::body::UpstreamBody;
use crate::budget::{Budget, Share, Socket};
use crate::endpoint_lease::Lease;
use crate::names::why_nowhere;
use crate::no_answer::NoAnswer;
use crate::origin::{Origin, Reuse};
use crate::unanswered::Unanswered;
use crate::upstreams::Upstreams;

/// Sends a permitted request to its resource's upstream. The exchange counts for its session.
///
/// The addresses come from the World and the permit, never from the request; what its names resolve to was looked up before,
/// and no name is looked up here. One that cannot be reached is left for another: nothing has been sent to it. What was sent is not sent again here.
///
/// # Errors
/// [`NoAnswer`] when the resource gave no answer, or may not be asked now.
// INVARIANT I-8: the caller must hold a permit for the resource whose upstream is reached.
pub async fn forward(
    upstreams: &Upstreams,
    permit: &Permit,
    world: &World,
    request: Box<Request<RequestBody>>,
    reuse: Reuse,
) -> Result<(Response<UpstreamBody>, Lease), NoAnswer> {
    let Upstreams { origins, names, budget, config, own } = upstreams;
    let resource = world.resource(permit.resource()).ok_or(NoAnswer::NoUpstream)?;
    let upstream = resource.upstream.as_ref().ok_or(NoAnswer::NoUpstream)?;
    let share = share(budget, permit)?;
    let person = permit.request().subject();
    let mut origin = origins.of(permit.resource(), &resource.id, upstream, config);
    if origin.targets.is_empty() {
        // Its names were not looked up yet, or lead nowhere. Boxed: few exchanges wait for that.
        Box::pin(names.looked_up(upstream, origin.connect_timeout)).await;
        origin = origins.of(permit.resource(), &resource.id, upstream, config);
        if origin.targets.is_empty() {
            return Err(NoAnswer::Unreachable(io::Error::other(why_nowhere(upstream, &names.found()))));
        }
    }
    let mut request = request;
    let mut tried = 0;
    loop {
        let endpoint = origin.choose(&mut tried, person)?;
        let (line, reused) = match endpoint.idle(reuse).await {
            Some(line) => (line, true),
            None => {
                let address = endpoint.address();
                let room = budget.room().ok_or(NoAnswer::Exhausted)?;
                // Boxed: what few exchanges need shall not make all of them large.
                let opened = Box::pin(async {
                    let stream = dial(address, origin.connect_timeout).await?;
                    if leads_to(&stream, own) && !upstream.names(address.ip()) {
                        return Err(io::Error::other("the gateway itself listens there"));
                    }
                    endpoint.open(Socket::new(stream, room)).await
                });
                match opened.await {
                    Ok(line) => (line, false),
                    Err(error) if endpoint.failed(&error) && origin.has_others(tried) => continue,
                    Err(error) => return Err(NoAnswer::Unreachable(error)),
                }
            }
        };
        match line.send(request, endpoint, origin.response_timeout).await {
            Ok((response, lease)) => return Ok((response, lease.counted(share))),
            // The upstream had closed an idle connection, and nothing of the request was sent.
            Err(Unanswered::Unsent(unsent, _)) if reused => {
                request = unsent;
                tried = 0;
            }
            Err(Unanswered::Unsent(_, error)) => return Err(NoAnswer::Broken(error)),
            Err(Unanswered::Closed(error)) if reused => return Err(NoAnswer::Died(error)),
            Err(Unanswered::Closed(error) | Unanswered::Broken(error)) => return Err(NoAnswer::Broken(error)),
            Err(Unanswered::TimedOut) => return Err(NoAnswer::TimedOut),
        }
    }
}

/// Connects a permitted tunnel to its resource: the first of its addresses that accepts.
///
/// The addresses come from the World and the permit, never from the request. A tunnel that leads back to where the gateway
/// listens would carry itself: it is not opened.
///
/// # Errors
/// [`NoAnswer`] when no address accepts, or none may be dialled now.
// INVARIANT I-8: the caller must hold a permit for the resource whose TCP service is reached.
pub async fn open(upstreams: &Upstreams, permit: &Permit, world: &World) -> Result<(Socket, Share), NoAnswer> {
    let Upstreams { budget, config, own, .. } = upstreams;
    let (share, room) = (share(budget, permit)?, budget.room().ok_or(NoAnswer::Exhausted)?);
    let addresses = world.resource(permit.resource()).map(|resource| resource.addresses.as_slice());
    let mut last = NoAnswer::NoUpstream;
    for address in addresses.unwrap_or_default() {
        match dial(address.socket(), config.connect_timeout).await {
            Ok(stream) if leads_to(&stream, own) => last = NoAnswer::Unreachable(io::ErrorKind::NotConnected.into()),
            Ok(stream) => return Ok((Socket::new(stream, room), share)),
            Err(error) => last = NoAnswer::Unreachable(error),
        }
    }
    Err(last)
}

/// Asks an address of a resource whether it is well; `None` when there is no room for the question.
// INVARIANT I-8: this is nobody's request. What goes out is written here whole, what comes back is the status and no more,
// and no redirect is followed.
pub(crate) async fn probe(
    origin: &Rc<Origin>,
    number: usize,
    budget: &Arc<Budget>,
    (handle, resource): (Handle, &Resource),
    check: &HealthCheck,
) -> Option<Result<(), String>> {
    let room = budget.room()?;
    let asked = async {
        let endpoint = origin.lease_of(number, handle);
        let stream = dial(endpoint.address(), check.timeout()).await.map_err(|error| error.to_string())?;
        let line = endpoint.open(Socket::new(stream, room)).await.map_err(|error| error.to_string())?;
        let Some((path, good)) = check.question() else { return Ok(()) };
        let head = health_head(resource, path).ok_or("its question cannot be written")?;
        match line.send(Box::new(head.map(|()| RequestBody::Empty)), endpoint, check.timeout()).await {
            Ok((response, _)) if response.status().as_u16() == good => Ok(()),
            Ok((response, _)) => Err(format!("it answered {} instead of {good}", response.status().as_u16())),
            Err(_) => Err("it gave no answer".to_owned()),
        }
    };
    let found = timeout(check.timeout(), asked).await.unwrap_or_else(|_| Err("it took too long".to_owned()));
    origin.let_go(number);
    Some(found)
}

fn share(budget: &Arc<Budget>, permit: &Permit) -> Result<Share, NoAnswer> {
    budget.share(permit.request().session().id).ok_or(NoAnswer::TooMany)
}

/// Whether the other end is one of our own listeners, whichever of this machine's addresses was dialled.
pub(crate) fn leads_to(stream: &TcpStream, own: &[SocketAddr]) -> bool {
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return true };
    let is_this_machine = peer.ip().to_canonical() == local.ip().to_canonical();
    own.iter().any(|own| {
        let same = own.ip().to_canonical() == peer.ip().to_canonical();
        own.port() == peer.port() && (same || (own.ip().is_unspecified() && is_this_machine))
    })
}

pub(crate) async fn dial(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let stream = timeout(patience, TcpStream::connect(address)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}
