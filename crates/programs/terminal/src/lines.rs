//! The connections to the gateway that the tunnels of one listener share. One carries as many tunnels as the gateway lets it;
//! more tunnels take more connections, and a connection that carries none is closed after a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::{Line, Server, TerminalError};

/// A connection without tunnels is kept for so long.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// How long the gateway may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// The open connections.
pub(crate) struct Lines {
    server: Server,
    open: Vec<Shared>,
}

/// A connection, and who uses it: each tunnel has a clone of `seats`.
struct Shared {
    line: Line,
    seats: Arc<()>,
    idle_since: Option<Instant>,
}

/// One tunnel's place on a connection. It is free again when this is dropped.
pub(crate) struct Seat {
    line: Line,
    _taken: Arc<()>,
}

impl Lines {
    pub(crate) const fn to(server: Server) -> Self {
        Self { server, open: Vec::new() }
    }

    /// A place for one more tunnel, on a further connection when those that are open have none.
    ///
    /// # Errors
    /// [`TerminalError::NoFurtherConnection`] when the gateway takes no more of them.
    pub(crate) async fn seat(&mut self) -> Result<Seat, TerminalError> {
        self.forget_ended().await;
        // The fullest first, so that others become empty.
        let best = self.open.iter().filter(|shared| shared.has_room()).max_by_key(|shared| shared.taken());
        if let Some(shared) = best {
            return Ok(shared.seat());
        }
        let line = self.connect().await?;
        let shared = Shared { line, seats: Arc::new(()), idle_since: None };
        let seat = shared.seat();
        self.open.push(shared);
        Ok(seat)
    }

    /// Closes connections that have carried nothing for long.
    pub(crate) fn close_idle(&mut self) {
        self.open.retain_mut(|shared| {
            if shared.taken() > 0 {
                shared.idle_since = None;
                return true;
            }
            shared.idle_since.get_or_insert_with(Instant::now).elapsed() < LONGEST_IDLE
        });
    }

    async fn connect(&self) -> Result<Line, TerminalError> {
        let why = match timeout(PATIENCE, self.server.connect()).await {
            Ok(Ok(line)) => return Ok(line),
            Ok(Err(error)) if self.open.is_empty() => return Err(error),
            Ok(Err(error)) => error.to_string(),
            Err(_) if self.open.is_empty() => return Err(self.server.unreachable("it did not answer in time")),
            Err(_) => "it did not answer in time".to_owned(),
        };
        let tunnels = self.open.iter().map(Shared::taken).sum();
        Err(TerminalError::NoFurtherConnection { tunnels, connections: self.open.len(), why })
    }

    /// Forgets connections that take no tunnel any more: what is open on them goes on.
    async fn forget_ended(&mut self) {
        let mut open = Vec::with_capacity(self.open.len());
        for shared in self.open.drain(..) {
            if shared.line.is_open().await {
                open.push(shared);
            }
        }
        self.open = open;
    }
}

impl Seat {
    pub(crate) const fn line(&self) -> &Line {
        &self.line
    }
}

impl Shared {
    fn taken(&self) -> usize {
        Arc::strong_count(&self.seats) - 1
    }

    fn has_room(&self) -> bool {
        self.taken() < self.line.most_tunnels()
    }

    fn seat(&self) -> Seat {
        Seat { line: self.line.clone(), _taken: self.seats.clone() }
    }
}
