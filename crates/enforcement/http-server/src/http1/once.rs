//! A connection that carries one request: the way from plain HTTP to HTTPS.

use http::Method;
use sekisho_policy_enforcement::{Refusal, RequestHead, Scheme};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use super::reading::{Awaited, Patience, Readable};
use super::writing::{Asked, Writable};
use crate::connected::Connected;
use crate::halves::halves;
use crate::limits::ConnectionLimits;
use crate::reply::{Reply, ReplyBody};

/// Answers one request on a connection without TLS, and closes it. Ends without an answer when nothing comes in time.
pub async fn answer_once<B: ReplyBody>(
    io: Box<dyn Connected>,
    limits: &ConnectionLimits,
    accepted: Instant,
    answer: impl FnOnce(Result<&RequestHead, Refusal>) -> Reply<B>,
) {
    let (read, write) = halves(io);
    let (mut readable, mut writable) = (Readable::new(read), Writable::new(write, limits));
    let first_byte = accepted + limits.head_timeout;
    let patience = Patience { first_byte, whole: limits.head_timeout, at_last: Some(first_byte) };
    let (reply, asked) = match readable.head(Scheme::Http, &limits.head, &patience).await {
        Awaited::Head(head) => (answer(Ok(&head)), Asked::last(*head.method() == Method::HEAD)),
        Awaited::Refused(refusal, glimpse) => (answer(Err(refusal)), Asked::last_of(&glimpse)),
        Awaited::Ended => return,
    };
    let _ = writable.reply(reply.head, reply.body, asked).await;
    let _ = writable.io.shutdown().await;
}
