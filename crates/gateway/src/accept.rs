//! Accepting connections: bounded per address, watched from the first moment.
//!
//! Step 1 of the life of a request; next: `crates/gateway/src/tls.rs`.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sekisho_policy_enforcement::Connection;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::tls::{TlsConfigs, secure};
use crate::worker::{Shared, Worker};
use crate::{http1, http2, redirect};

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
    let mut stopping = worker.shared.stopping.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: they come back as connections end.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = Place::take(&worker.shared, peer.ip()) else { continue };
        let (worker, tls) = (worker.clone(), tls.clone());
        tokio::task::spawn_local(async move {
            worker.open.set(worker.open.get() + 1);
            serve(&worker, &tls, stream, peer, serves).await;
            worker.open.set(worker.open.get() - 1);
            drop(place);
        });
    }
}

async fn serve(worker: &Rc<Worker>, tls: &TlsConfigs, stream: TcpStream, peer: SocketAddr, serves: Serves) {
    let accepted = Instant::now();
    let _ = stream.set_nodelay(true);
    if serves == Serves::Redirects {
        return redirect::serve(Box::new(stream), worker, accepted).await;
    }
    let Ok(Ok(secured)) = timeout(worker.shared.config.handshake_timeout, secure(worker, tls, stream)).await else {
        return;
    };
    let connection = Connection { peer, server_name: Some(secured.server_name), device: secured.device };
    let io = Box::new(secured.stream);
    if secured.http2 {
        http2::serve(io, connection, worker.clone(), accepted).await;
    } else {
        http1::serve(io, connection, worker.clone(), accepted).await;
    }
}

/// One of the connections that an address may have.
struct Place {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Place {
    fn take(shared: &Arc<Shared>, address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        let mut addresses = shared.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = addresses.entry(address).or_default();
        if *taken >= shared.config.connections_per_address {
            return None;
        }
        *taken += 1;
        drop(addresses);
        Some(Self { shared: shared.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut addresses = self.shared.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = addresses.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}
