//! Why a resource gave no answer.

use std::io;

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// The resource has no upstream any more.
    NoUpstream,
    /// No connection could be made.
    Unreachable(io::Error),
    /// The resource has as many exchanges as it may have.
    Full,
    /// The session has as many exchanges as it may have.
    TooMany,
    /// As many connections to upstreams are open as may be.
    Exhausted,
    /// No answer began in time.
    TimedOut,
    /// What came was no answer, or the connection ended.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// The connection had been used before, and ended without a byte of an answer: the upstream may have closed it while it
    /// was idle.
    Died(Box<dyn std::error::Error + Send + Sync>),
}
