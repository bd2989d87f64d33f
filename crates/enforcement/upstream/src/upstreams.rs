//! What one worker reaches resources with.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::budget::Budget;
use crate::config::PoolConfig;
use crate::origin::Origins;

/// The connections of one worker to resources, and their bounds.
pub struct Upstreams {
    /// The pool.
    pub origins: Origins,
    /// The bounds that all workers share.
    pub budget: Arc<Budget>,
    /// The settings of connections.
    pub config: PoolConfig,
    /// Where the gateway itself listens: no tunnel leads there.
    pub own: Vec<SocketAddr>,
}
