//! What one worker's pool of connections to resources is made with.

use std::time::Duration;

/// The settings of a pool. A resource's own document may override the times.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// How long a resource may take to accept a connection.
    pub connect_timeout: Duration,
    /// How long a resource may take to begin its answer.
    pub response_timeout: Duration,
    /// The most idle connections to one address.
    pub most_idle: usize,
    /// How many workers share what a resource's document allows.
    pub workers: usize,
}
