//! What one client's connection may hold, and for how long.

use std::time::Duration;

use sekisho_policy_enforcement::HeadLimits;

/// The most bytes of what nobody wanted that are read and thrown away, so that the client can read its reply.
pub(crate) const MOST_DRAINED: usize = 1024 * 1024;
/// How long the client has to read its reply meanwhile.
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// The limits of one connection. Each bounds what a single client can hold.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// The limits of a request's head.
    pub head: HeadLimits,
    /// How long a head may take: from accept for the first, from its first byte for a further one.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// The slowest body, in bytes per second, after the grace.
    pub body_rate: u32,
    /// How long a request's body may be waited for before its rate counts.
    pub body_grace: Duration,
    /// How long a client may take nothing of a reply that waits for it, before the rate counts.
    pub reply_grace: Duration,
    /// The most concurrent streams of one HTTP/2 connection.
    pub h2_streams: u32,
    /// The most streams that a client may make us reset before its HTTP/2 connection ends.
    pub h2_local_resets: usize,
}
