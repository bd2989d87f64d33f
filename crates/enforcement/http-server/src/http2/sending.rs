//! Replies over HTTP/2: heads, bodies as the client's windows allow, and a reset where HTTP/1 drops its connection.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Method, Response};

use crate::pace::Pace;
use crate::reply::{Reply, ReplyBody};

/// Sends a reply, and resets the stream when the reply does not come to its end.
pub async fn send<B: ReplyBody>(reply: Reply<B>, respond: SendResponse<Bytes>, method: &Method, pace: Pace) {
    if let Some((mut stream, reason)) = send_whole(reply, respond, method, pace).await {
        stream.send_reset(reason);
    }
}

/// Sends a reply; the stream, and why it is to be reset, when it did not come to its end.
pub(super) async fn send_whole<B: ReplyBody>(
    reply: Reply<B>,
    mut respond: SendResponse<Bytes>,
    method: &Method,
    mut pace: Pace,
) -> Option<(SendStream<Bytes>, Reason)> {
    let Reply { head, mut body, .. } = reply;
    pace.meet(body.patience());
    let no_body = *method == Method::HEAD || (body.length() == Some(0) && !body.has_trailers());
    let head = complete(head, body.length(), method);
    let mut stream = respond.send_response(head, no_body).ok()?;
    if no_body {
        return None;
    }
    let reason = send_body(&mut body, &mut stream, pace).await.err()?;
    Some((stream, reason))
}

/// The head with the fields of framing as HTTP/2 has them.
pub(super) fn complete(mut head: Response<()>, length: Option<u64>, method: &Method) -> Response<()> {
    *head.version_mut() = http::Version::HTTP_2;
    let fields = head.headers_mut();
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
        fields.remove(name);
    }
    if *method != Method::HEAD {
        fields.remove(CONTENT_LENGTH);
        if let Some(length) = length {
            fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    if !fields.contains_key(DATE)
        && let Ok(date) = HeaderValue::try_from(crate::date::now())
    {
        fields.insert(DATE, date);
    }
    head
}

/// Sends a body as the client's windows allow; the reason to reset the stream if it did not come to its end.
async fn send_body<B: ReplyBody>(body: &mut B, stream: &mut SendStream<Bytes>, mut pace: Pace) -> Result<(), Reason> {
    loop {
        let data = poll_fn(|context| {
            if stream.poll_reset(context).is_ready() {
                return Poll::Ready(Err(Reason::CANCEL));
            }
            body.poll_data(context).map(Ok)
        });
        let mut data = match data.await? {
            Some(Ok(data)) => data,
            Some(Err(_)) => return Err(Reason::CANCEL),
            None => {
                let ended = match body.take_trailers() {
                    Some(trailers) if !trailers.is_empty() => stream.send_trailers(trailers),
                    _ => stream.send_data(Bytes::new(), true),
                };
                return ended.map_err(|_| Reason::CANCEL);
            }
        };
        while !data.is_empty() {
            stream.reserve_capacity(data.len());
            let capacity = poll_fn(|context| {
                // INVARIANT I-10: a stream whose window is shut is cut as well.
                if body.poll_cut(context).is_ready() || stream.poll_reset(context).is_ready() {
                    return Poll::Ready(None);
                }
                match stream.poll_capacity(context) {
                    Poll::Ready(capacity) => Poll::Ready(capacity.and_then(Result::ok)),
                    // A window that is opened by drips, or never, holds the upstream no longer than a slow reader does.
                    Poll::Pending => pace.poll_too_slow(context).map(|()| None),
                }
            });
            let capacity = capacity.await.ok_or(Reason::CANCEL)?;
            let part = data.split_to(capacity.min(data.len()));
            pace.arrived(part.len());
            stream.send_data(part, false).map_err(|_| Reason::CANCEL)?;
        }
    }
}
