//! WebSockets over HTTP/2 (RFC 8441): an extended CONNECT, answered with 200, whose stream is the connection.

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::ext::Protocol;
use h2::server::SendResponse;
use http::header::{SEC_WEBSOCKET_ACCEPT, UPGRADE};
use http::request::Parts;
use http::{Method, StatusCode};
use sekisho_policy_enforcement::{HeadLimits, Malformed, RequestHead};

use super::sending::{complete, send};
use super::stream_io::StreamIo;
use crate::connected::Connected;
use crate::halves::halves;
use crate::pace::Pace;
use crate::reply::{Reply, ReplyBody as _};
use crate::service::Service;
use crate::upgraded::Upgraded;

/// The protocol that an extended CONNECT asks for.
pub(super) fn protocol(parts: &Parts) -> Option<&Protocol> {
    parts.extensions.get::<Protocol>()
}

/// The head of an extended CONNECT. There is one protocol that it may ask for.
pub(super) fn head(parts: &Parts, protocol: &Protocol, limits: &HeadLimits) -> Result<RequestHead, Malformed> {
    match protocol.as_str() {
        "websocket" => RequestHead::from_http2_websocket(parts, limits),
        _ => Err(Malformed::Connect),
    }
}

/// Answers, and carries the WebSocket if there is one.
pub(super) async fn answer<S: Service>(
    reply: Reply<S::Body>,
    mut respond: SendResponse<Bytes>,
    incoming: RecvStream,
    pace: Pace,
) {
    if !reply.body.is_upgrade() {
        return send(reply, respond, &Method::GET, pace).await;
    }
    let mut head = complete(reply.head, None, &Method::HEAD);
    *head.status_mut() = StatusCode::OK;
    for name in [SEC_WEBSOCKET_ACCEPT, UPGRADE] {
        head.headers_mut().remove(name);
    }
    let Ok(outgoing) = respond.send_response(head, false) else { return };
    let io: Box<dyn Connected> = Box::new(StreamIo::new(incoming, outgoing));
    let (from_client, to_client) = halves(io);
    S::upgrade(Upgraded { from_client, to_client, early: BytesMut::new() }, reply.body).await;
}
