//! Accepts connections over TLS whose clients show a device's certificate.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use rustls::ServerConfig;
use sekisho_gateway::{DeviceReader, DeviceTls};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::{Resolver, connection};

/// The most connections at once: further ones wait in the system's queue.
const MOST: usize = 4096;
/// The most connections from one address at once.
const MOST_OF_ADDRESS: usize = 64;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait after the system gave no connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until the future is dropped. `devices` reads the certificates that handshakes verified.
///
/// # Errors
/// When the socket cannot be used.
pub async fn serve_tls(
    listener: TcpListener,
    mut tls: DeviceTls,
    devices: DeviceReader,
    resolver: Resolver,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (places, addresses) = (Arc::new(Semaphore::new(MOST)), Addresses::default());
    while let Ok(place) = places.clone().acquire_owned().await {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection for the resolver was not accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (Some(taken), Ok(config)) = (addresses.take(from.ip().to_canonical()), tls.config()) else { continue };
        let (devices, resolver) = (devices.clone(), resolver.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(stream, config, from, &devices, &resolver).await {
                tracing::debug!(%error, %from, "a connection for the resolver ended");
            }
            drop((place, taken));
        });
    }
    Ok(())
}

async fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    from: SocketAddr,
    devices: &DeviceReader,
    resolver: &Resolver,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let stream = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await??;
    let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    // INVARIANT I-50: without the certificate of a device that is known now, nothing is read.
    let device = leaf.and_then(|leaf| devices(leaf)).filter(|device| resolver.by_device(device).is_some());
    let device = device.ok_or(io::ErrorKind::PermissionDenied)?;
    connection::serve(stream, resolver, &device, from.ip().to_canonical()).await
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A place of an address, given back when it is dropped.
struct Taken {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    fn take(&self, address: IpAddr) -> Option<Taken> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= MOST_OF_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Taken { addresses: self.clone(), address })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get(&self.address).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            counts.remove(&self.address);
        } else {
            counts.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gives_them_back() {
        let (addresses, [one, other]) = (Addresses::default(), [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from));
        let taken: Vec<_> = (0..MOST_OF_ADDRESS).map(|_| addresses.take(one)).collect();
        assert!(taken.iter().all(Option::is_some) && addresses.take(one).is_none() && addresses.take(other).is_some());
        drop(taken);
        assert!(addresses.take(one).is_some());
        assert_eq!(addresses.0.lock().expect("the counts").len(), 0);
    }
}
