//! Plain HTTP: nothing is served there but the way to HTTPS.

use std::net::SocketAddr;
use std::rc::Rc;

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use sekisho_http_server::{Connected, http1};
use sekisho_policy_enforcement::{Refusal, RequestHead};
use tokio::time::Instant;

use crate::serve::{Reply, refuse_connection};
use crate::worker::Worker;

/// Answers one request and closes.
pub(crate) async fn serve(io: Box<dyn Connected>, peer: SocketAddr, worker: &Rc<Worker>, accepted: Instant) {
    let answer = |head: Result<&RequestHead, Refusal>| {
        let redirected = head.and_then(|head| redirect(worker, head));
        redirected.unwrap_or_else(|refusal| refuse_connection(worker, &refusal, peer))
    };
    http1::answer_once(io, &worker.shared.limits, accepted, answer).await;
}

/// To the same place over TLS, for hosts that exist.
fn redirect(worker: &Worker, head: &RequestHead) -> Result<Reply, Refusal> {
    let host = head.host();
    let known = worker.shared.site.local.contains(host) || worker.world().resource_by_host(host.as_str()).is_some();
    let target = head.target().filter(|_| known).ok_or(Refusal::UnknownHost)?;
    let to = match worker.shared.public_port {
        443 => format!("https://{host}{target}"),
        port => format!("https://{host}:{port}{target}"),
    };
    let mut reply = Reply::empty(StatusCode::PERMANENT_REDIRECT);
    let to = HeaderValue::try_from(to).map_err(|_| Refusal::UnknownHost)?;
    reply.head.headers_mut().insert(LOCATION, to);
    Ok(reply)
}
