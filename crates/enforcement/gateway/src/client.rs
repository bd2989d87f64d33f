//! One client's connection as the gateway serves it: what answers the HTTP server.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{Request, Version};
use sekisho_http_server::http2::TunnelWindows;
use sekisho_http_server::{ConnectionLimits, Interim, Phase, RequestBody, Service, Upgraded};
use sekisho_policy_enforcement::{Connection, Glimpse, Refusal, RequestHead};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::acceptor::Acceptor;
use crate::connect;
use crate::connect::ended::TunnelEnds;
use crate::refuser::Unread;
use crate::reply::{Reply, ReplyBody};
use crate::{serve, tunnel};

/// A client at the other end of one connection.
pub(crate) struct Client {
    acceptor: Rc<Acceptor>,
    limits: Arc<ConnectionLimits>,
    connection: Connection,
    tunnels: TunnelEnds,
}

impl Client {
    pub(crate) fn new(acceptor: Rc<Acceptor>, connection: Connection) -> Self {
        let limits = acceptor.limits_of(connection.server_name.as_ref());
        Self { acceptor, limits, connection, tunnels: TunnelEnds::default() }
    }
}

impl Service for Client {
    type Body = ReplyBody;

    fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    fn phase(&self) -> &watch::Receiver<Phase> {
        &self.acceptor.phase
    }

    async fn serve(&self, head: &RequestHead, body: RequestBody, interim: Option<Interim>) -> Reply {
        // Tunnels are streams of HTTP/2, so only such a connection has ends to ask about.
        if head.version() == Version::HTTP_2
            && let Some(reply) = self.tunnels.said(head, &self.acceptor.worker.hosts.terminals)
        {
            return reply;
        }
        serve::serve(&self.acceptor, &self.connection, head, body, interim).await
    }

    fn refuse(&self, refusal: &Refusal, glimpse: &Glimpse) -> Reply {
        let Connection { peer, server_name, .. } = &self.connection;
        serve::refuse_connection(
            &self.acceptor.worker,
            refusal,
            *peer,
            Unread { host: server_name.as_ref(), glimpse: Some(glimpse) },
        )
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.acceptor.worker.clients.unauthenticated.turn(self.connection.peer).await
    }

    fn takes_tunnels(&self) -> bool {
        self.connection.server_name.as_ref() == Some(&self.acceptor.worker.hosts.terminals)
    }

    async fn tunnel(&self, request: Request<RecvStream>, respond: SendResponse<Bytes>, windows: &TunnelWindows) {
        connect::serve(&self.acceptor, &self.connection, &self.tunnels, windows, request, respond).await;
    }

    async fn upgrade(client: Upgraded, body: ReplyBody) {
        if let ReplyBody::Tunnel(upstream) = body {
            tunnel::run(client, *upstream).await;
        }
    }
}
