//! What one worker reaches resources with.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::budget::Budget;
use crate::config::PoolConfig;
use crate::names::Names;
use crate::origin::Origins;

/// The connections of one worker to resources, and their bounds.
pub struct Upstreams {
    /// The pool.
    pub origins: Origins,
    /// What the names of upstreams resolve to.
    pub names: Arc<Names>,
    /// The bounds that all workers share.
    pub budget: Arc<Budget>,
    /// The settings of connections.
    pub config: PoolConfig,
    /// Where the gateway itself listens: no tunnel leads there, and no request of an upstream that does not name it.
    pub own: Vec<SocketAddr>,
}
