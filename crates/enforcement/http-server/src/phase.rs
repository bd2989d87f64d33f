//! How far the end of the server has come.

/// How far the end of the server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It accepts and serves.
    Serving,
    /// It accepts no new connection, because a successor does. Open connections end after their next exchange.
    Draining,
    /// It ends. A connection that waits for its next request ends at once.
    Stopping,
}
