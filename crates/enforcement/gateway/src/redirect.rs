//! Plain HTTP: nothing is served there but the way to HTTPS.

use std::net::SocketAddr;
use std::rc::Rc;

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use sekisho_policy_enforcement::{Refusal, RequestHead, Scheme};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use crate::http1::{Asked, Awaited, Connected, Patience, Readable, Writable};
use crate::serve::{Reply, refuse_connection};
use crate::worker::Worker;

/// Answers one request and closes.
pub(crate) async fn serve(io: Box<dyn Connected>, peer: SocketAddr, worker: &Rc<Worker>, accepted: Instant) {
    let (read, write) = tokio::io::split(io);
    let (mut readable, mut writable) = (Readable::new(read), Writable::new(write, &worker.shared.config));
    let first_byte = accepted + worker.shared.config.head_timeout;
    let patience = Patience { first_byte, whole: worker.shared.config.head_timeout, at_last: Some(first_byte) };
    let reply = match readable.head(Scheme::Http, &worker.shared.limits, &patience).await {
        Awaited::Head(head) => {
            redirect(worker, &head).unwrap_or_else(|refusal| refuse_connection(worker, &refusal, peer))
        }
        Awaited::Refused(refusal) => refuse_connection(worker, &refusal, peer),
        Awaited::Ended => return,
    };
    let asked =
        Asked { method: &http::Method::GET, version: http::Version::HTTP_11, keep_alive: false, trailers: false };
    let _ = writable.reply(reply.head, reply.body, asked).await;
    let _ = writable.io.shutdown().await;
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
