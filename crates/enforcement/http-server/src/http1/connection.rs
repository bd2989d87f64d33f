//! One HTTP/1 connection: head, reply, head, reply, in order, each head through the strict reader.
//!
//! Step 3 of the life of a request; next: `crates/decision/policy-enforcement/src/head/http1.rs`.

use sekisho_policy_enforcement::Scheme;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use super::exchange::{Next, exchange};
use super::reading::{Awaited, Patience, Readable};
use super::writing::{Asked, Writable};
use crate::connected::Connected;
use crate::halves::halves;
use crate::limits::{LINGER, MOST_DRAINED};
use crate::phase::Phase;
use crate::service::Service;
use crate::upgraded::Upgraded;

/// Serves a connection until it ends.
///
/// `accepted` is when the connection was accepted: its first head must be there in time from then on.
pub async fn serve<S: Service>(io: Box<dyn Connected>, service: S, accepted: Instant) {
    // What requests need goes when the connection becomes a WebSocket: ten thousand of those stay open and send little.
    if let Some((client, body)) = Box::pin(requests(io, service, accepted)).await {
        S::upgrade(client, body).await;
    }
}

/// Serves requests until the connection ends or becomes a WebSocket.
async fn requests<S: Service>(io: Box<dyn Connected>, service: S, accepted: Instant) -> Option<(Upgraded, S::Body)> {
    let (read, write) = halves(io);
    let (mut readable, mut writable) = (Readable::new(read), Writable::new(write, service.limits()));
    let limits = service.limits();
    let mut first = true;
    loop {
        let first_byte = if first { accepted + limits.head_timeout } else { Instant::now() + limits.idle_timeout };
        let at_last = first.then_some(first_byte);
        first = false;
        let patience = Patience { first_byte, whole: limits.head_timeout, at_last };
        let awaited = {
            let mut phase = service.phase().clone();
            tokio::select! {
                biased;
                awaited = readable.head(Scheme::Https, &limits.head, &patience) => awaited,
                // While the gateway drains, the next request is served, and told that it is the last.
                _ = phase.wait_for(|phase| *phase == Phase::Stopping) => Awaited::Ended,
            }
        };
        let head = match awaited {
            Awaited::Head(head) => head,
            Awaited::Ended => return None,
            Awaited::Refused(refusal, glimpse) => {
                let reply = service.refuse(&refusal, &glimpse);
                if writable.reply(reply.head, reply.body, Asked::last_of(&glimpse)).await.is_ok() {
                    linger(readable, writable).await;
                }
                return None;
            }
        };
        match exchange(&service, readable, &mut writable, &head).await {
            Next::Request(same) => readable = *same,
            Next::Linger(readable) => {
                linger(*readable, writable).await;
                return None;
            }
            Next::Upgrade(readable, reply) => {
                writable.switch_protocols(&reply.head).await.ok()?;
                let (from_client, early) = readable.into_io();
                return Some((Upgraded { from_client, to_client: writable.io, early }, reply.body));
            }
            Next::Drop => return None,
        }
    }
}

/// Ends the connection so that the client can still read the reply: closing at once, with bytes unread, would take the
/// reply back from it.
async fn linger(mut readable: Readable, mut writable: Writable) {
    let _ = timeout(LINGER, async {
        let _ = writable.io.shutdown().await;
        let mut drained = 0;
        while drained < MOST_DRAINED {
            readable.buffer.clear();
            match readable.fill().await {
                Ok(0) | Err(_) => break,
                Ok(bytes) => drained += bytes,
            }
        }
    })
    .await;
}
