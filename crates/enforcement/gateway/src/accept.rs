//! Accepting connections: bounded per address, watched from the first moment.
//!
//! Step 1 of the life of a request; next: `crates/enforcement/gateway/src/tls.rs`.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use sekisho_http_server::{Phase, http1, http2};
use sekisho_policy_enforcement::Connection;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::acceptor::Acceptor;
use crate::client::Client;
use crate::listeners::Serves;
use crate::redirect;
use crate::tls::secure;

/// Accepts until the gateway stops.
pub(crate) async fn accept(acceptor: Rc<Acceptor>, listener: TcpListener, serves: Serves) {
    let mut phase = acceptor.phase.clone();
    let worker = acceptor.worker.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: they come back as connections end, an unauthenticated one's at once.
            worker.clients.slots.make_room();
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(slot) = worker.clients.slots.take(peer.ip()) else {
            worker.meter.borrow_mut().connections_refused += 1;
            continue;
        };
        worker.meter.borrow_mut().connections += 1;
        let (worker, acceptor) = (worker.clone(), acceptor.clone());
        tokio::task::spawn_local(async move {
            let open = worker.clients.accepted(peer, slot);
            tokio::select! {
                () = serve(&acceptor, stream, peer, serves) => {}
                () = open.sent_away() => {}
            }
        });
    }
}

async fn serve(acceptor: &Rc<Acceptor>, stream: TcpStream, peer: SocketAddr, serves: Serves) {
    let accepted = Instant::now();
    let _ = stream.set_nodelay(true);
    if serves == Serves::Redirects {
        return Box::pin(redirect::serve(Box::new(stream), peer, acceptor, accepted)).await;
    }
    // Boxed, like what follows: a connection holds only what the state needs that it is in.
    let secured = timeout(acceptor.handshake.timeout, Box::pin(secure(acceptor, stream)));
    let Ok(Ok(Some(secured))) = secured.await else { return };
    let connection = Connection { peer, server_name: Some(secured.server_name), device: secured.device };
    let client = Client::new(acceptor.clone(), connection);
    let io = Box::new(secured.stream);
    if secured.http2 {
        Box::pin(http2::serve(io, client, accepted)).await;
    } else {
        http1::serve(io, client, accepted).await;
    }
}
