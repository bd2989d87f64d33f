//! Plain HTTP: nothing is served there but the way to HTTPS.

use std::net::SocketAddr;

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use sekisho_http_server::{Connected, http1};
use sekisho_policy_enforcement::{Refusal, RequestHead};
use tokio::time::Instant;

use crate::acceptor::Acceptor;
use crate::refuser::Unread;
use crate::reply::Reply;
use crate::serve::refuse_connection;
use crate::worker::Worker;

/// Answers one request and closes.
pub(crate) async fn serve(io: Box<dyn Connected>, peer: SocketAddr, acceptor: &Acceptor, accepted: Instant) {
    let worker = &acceptor.worker;
    let answer = |head: Result<&RequestHead, Refusal>| {
        let redirected = head.and_then(|head| redirect(worker, head));
        redirected.unwrap_or_else(|refusal| refuse_connection(worker, &refusal, peer, Unread::default()))
    };
    http1::answer_once(io, &acceptor.limits, accepted, answer).await;
}

/// To the same place over TLS, for hosts that exist.
fn redirect(worker: &Worker, head: &RequestHead) -> Result<Reply, Refusal> {
    let host = head.host();
    // Anybody on the way could read it.
    worker.refuser.expose(head);
    let known = worker.hosts.site.is_own(host) || worker.current.world().resource_by_host(host.as_str()).is_some();
    let target = head.target().filter(|_| known).ok_or(Refusal::UnknownHost)?;
    let to = format!("{}{target}", worker.hosts.origin_of(host));
    let mut reply = Reply::empty(StatusCode::PERMANENT_REDIRECT);
    let to = HeaderValue::try_from(to).map_err(|_| Refusal::UnknownHost)?;
    reply.head.headers_mut().insert(LOCATION, to);
    Ok(reply)
}
