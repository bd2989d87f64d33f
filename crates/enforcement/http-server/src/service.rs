//! The seam between the protocol and what answers it.

use std::future::Future;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::Request;
use sekisho_policy_enforcement::{Glimpse, Refusal, RequestHead};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::http2::tunnel_windows::TunnelWindows;
use crate::interim::Interim;
use crate::limits::ConnectionLimits;
use crate::phase::Phase;
use crate::reply::{Reply, ReplyBody};
use crate::request_body::RequestBody;
use crate::upgraded::Upgraded;

/// Answers the requests of one connection.
pub trait Service: 'static {
    /// The body of a reply.
    type Body: ReplyBody;

    /// The limits of the connection.
    fn limits(&self) -> &ConnectionLimits;

    /// How far the end of the server has come.
    fn phase(&self) -> &watch::Receiver<Phase>;

    /// Answers a request. Dropping the future ends the work on it. `interim` takes what is said before the reply, where the
    /// client wants it.
    fn serve(
        &self,
        head: &RequestHead,
        body: RequestBody,
        interim: Option<Interim>,
    ) -> impl Future<Output = Reply<Self::Body>>;

    /// The reply to bytes that are no head. What could be told of them is in `glimpse`.
    fn refuse(&self, refusal: &Refusal, glimpse: &Glimpse) -> Reply<Self::Body>;

    /// Waits until one more stream of an HTTP/2 connection may be served. What it returns is kept as long as the stream is
    /// served; `None` when the connection has no bound of its own.
    fn turn(&self) -> impl Future<Output = Option<OwnedSemaphorePermit>>;

    /// Whether the connection may ask for tunnels (plain CONNECT over HTTP/2).
    fn takes_tunnels(&self) -> bool;

    /// Serves a plain CONNECT. Called only where [`Service::takes_tunnels`].
    fn tunnel(
        &self,
        request: Request<RecvStream>,
        respond: SendResponse<Bytes>,
        windows: &TunnelWindows,
    ) -> impl Future<Output = ()>;

    /// Carries a connection that stopped to speak HTTP. `body` is that of the reply with [`ReplyBody::is_upgrade`].
    fn upgrade(client: Upgraded, body: Self::Body) -> impl Future<Output = ()>;
}
