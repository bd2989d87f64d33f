//! The way to a service, which can be cut: then nothing passes, and nobody is told; or everything breaks off.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::Trouble;

/// A relay to a service. It ends with its runtime.
#[derive(Debug)]
pub struct Passage {
    address: SocketAddr,
    state: watch::Sender<State>,
}

/// What happens to what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It passes.
    Open,
    /// It waits, as behind a cable that was pulled. Connections are made, and nothing comes of them.
    Held,
    /// Every connection breaks, and no other is made.
    Broken,
}

impl Passage {
    /// One that is open.
    pub async fn to(service: SocketAddr) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("a passage"))?;
        let address = listener.local_addr().map_err(Trouble::during("a passage"))?;
        let (state, seen) = watch::channel(State::Open);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, service, seen.clone()));
            }
        });
        Ok(Self { address, state })
    }

    /// Where it begins.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it is like this.
    pub fn becomes(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn pass(mut from: TcpStream, service: SocketAddr, state: watch::Receiver<State>) {
    let mut broken = state.clone();
    let passing = async {
        let Ok(mut to) = TcpStream::connect(service).await else { return };
        let ((from_client, to_client), (from_service, to_service)) = (from.split(), to.split());
        // Either side may end it.
        tokio::select! {
            () = carry(from_client, to_service, state.clone()) => {}
            () = carry(from_service, to_client, state.clone()) => {}
        }
    };
    tokio::select! {
        () = passing => {}
        _ = broken.wait_for(|state| *state == State::Broken) => {}
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut state: watch::Receiver<State>) {
    let mut block = vec![0; 16 * 1024];
    while let Ok(length) = from.read(&mut block).await {
        if state.wait_for(|state| *state == State::Open).await.is_err() {
            return;
        }
        let part = block.get(..length).unwrap_or_default();
        if part.is_empty() || to.write_all(part).await.is_err() {
            return;
        }
    }
}
