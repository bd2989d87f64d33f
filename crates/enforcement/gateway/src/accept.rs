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

use crate::client::Client;
use crate::redirect;
use crate::tls::{TlsConfigs, secure};
use crate::worker::Worker;

/// What a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    /// TLS: everything.
    Everything,
    /// Plain HTTP: the way to TLS.
    Redirects,
}

/// Accepts until the gateway stops.
pub(crate) async fn accept(worker: Rc<Worker>, listener: TcpListener, serves: Serves) {
    let tls = Rc::new(TlsConfigs::default());
    let mut phase = worker.shared.phase.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: they come back as connections end, a stranger's at once.
            worker.shared.places.make_room();
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = worker.shared.places.take(peer.ip()) else {
            worker.meter.borrow_mut().connections_refused += 1;
            continue;
        };
        worker.meter.borrow_mut().connections += 1;
        let (worker, tls) = (worker.clone(), tls.clone());
        tokio::task::spawn_local(async move {
            worker.open.set(worker.open.get() + 1);
            let place = Rc::new(place);
            worker.strangers.came(peer, place.clone());
            tokio::select! {
                () = serve(&worker, &tls, stream, peer, serves) => {}
                () = place.sent_away() => {}
            }
            worker.strangers.left(peer, &place);
            worker.open.set(worker.open.get() - 1);
        });
    }
}

async fn serve(worker: &Rc<Worker>, tls: &TlsConfigs, stream: TcpStream, peer: SocketAddr, serves: Serves) {
    let accepted = Instant::now();
    let _ = stream.set_nodelay(true);
    if serves == Serves::Redirects {
        return Box::pin(redirect::serve(Box::new(stream), peer, worker, accepted)).await;
    }
    // Boxed, like what follows: a connection holds only what the state needs that it is in.
    let secured = timeout(worker.shared.config.handshake_timeout, Box::pin(secure(worker, tls, stream)));
    let Ok(Ok(Some(secured))) = secured.await else { return };
    let connection = Connection { peer, server_name: Some(secured.server_name), device: secured.device };
    let client = Client::new(worker.clone(), connection);
    let io = Box::new(secured.stream);
    if secured.http2 {
        Box::pin(http2::serve(io, client, accepted)).await;
    } else {
        http1::serve(io, client, accepted).await;
    }
}
