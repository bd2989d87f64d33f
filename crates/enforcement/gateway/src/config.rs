//! What can be set, with the defaults of a gateway that faces the internet.

use std::net::SocketAddr;
use std::time::Duration;

use sekisho_http_server::ConnectionLimits;
use sekisho_policy_enforcement::HeadLimits;
use sekisho_upstream::PoolConfig;

/// The gateway's settings. Every limit is a bound on what one client can hold.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// The addresses to serve TLS on. Port 0 takes a free one. Default `127.0.0.1:8443`.
    pub listen: Vec<SocketAddr>,
    /// The addresses to serve plain HTTP on, which only redirects to HTTPS (308). Default none.
    pub redirect_listen: Vec<SocketAddr>,
    /// How many workers: one thread, one runtime and one upstream pool each. 0 (the default) is one per processor.
    pub workers: usize,
    /// The port that people type, in redirects. 0 (the default) is the port of the first listener.
    pub public_port: u16,
    /// The longest head, in bytes. Default 32 KiB.
    pub head_limit: usize,
    /// The most fields of a head. Default 100.
    pub field_limit: usize,
    /// The longest target, in bytes. Default 8 KiB.
    pub target_limit: usize,
    /// How long a head may take: from accept for the first, from its first byte for a further one. Default 10 s.
    pub head_timeout: Duration,
    /// How long a TLS handshake may take. Default 10 s.
    pub handshake_timeout: Duration,
    /// How long a connection may wait for its next request. Default 60 s.
    pub idle_timeout: Duration,
    /// The slowest body, in bytes per second, after the grace. Default 500.
    pub body_rate: u32,
    /// How long a body may be waited for before its rate counts. Default 10 s.
    pub body_grace: Duration,
    /// How long an upstream may take to accept a connection. Default 5 s.
    pub connect_timeout: Duration,
    /// How long an upstream may take to begin its answer. Default 60 s.
    pub response_timeout: Duration,
    /// The most concurrent streams of one HTTP/2 connection. Default 100.
    pub h2_streams: u32,
    /// The most streams that a client may make us reset before the connection ends. Default 64.
    pub h2_local_resets: usize,
    /// The most connections from one address. Default 256.
    pub connections_per_address: usize,
    /// The most new connections from one address in a second; what is not used is saved up for 10 seconds. 0 does not
    /// limit them. Default 100.
    pub new_connections_per_address: u32,
    /// The most connections altogether. When they are all taken, the oldest on which no live session was shown makes room.
    /// 0 (the default) is half of what the limit of open files allows, less a reserve; no more than three quarters are given.
    pub connections: usize,
    /// How long a client may take nothing of an answer that waits for it; then it must take it at `body_rate`.
    /// Default 60 s.
    pub reply_grace: Duration,
    /// The most denials of one session in a second that are each recorded; further ones are counted. What is not used is
    /// saved up for 50 seconds. Default 10.
    pub denials_per_session: u32,
    /// The most exchanges and tunnels of one session at once; further ones are refused (429). Default 256.
    pub upstreams_per_session: u32,
    /// The most idle connections to one upstream, per worker: a client of HTTP/2 may use a hundred at once. Default 256.
    pub upstream_idle: usize,
    /// The DNS servers that are asked for the names of upstreams. Default those of the machine.
    pub dns_servers: Vec<SocketAddr>,
    /// The oldest snapshot that decisions may read, when the control plane sends no newer one. Default 60 s.
    pub world_lease: Duration,
    /// One decision in this many is asked of the reference evaluator too; 0 asks never. Default 1,000.
    pub shadow_every: u32,
    /// How many answers a worker remembers. Default 65,536.
    pub memory: usize,
    /// How long shutting down may take before open streams are cut. Default 10 s.
    pub shutdown_timeout: Duration,
    /// How long open exchanges and streams may go on after a successor has taken over. Default 10 minutes.
    pub drain_timeout: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8443))],
            redirect_listen: Vec::new(),
            workers: 0,
            public_port: 0,
            head_limit: 32 * 1024,
            field_limit: 100,
            target_limit: 8 * 1024,
            head_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_rate: 500,
            body_grace: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(60),
            h2_streams: 100,
            h2_local_resets: 64,
            connections_per_address: 256,
            new_connections_per_address: 100,
            connections: 0,
            reply_grace: Duration::from_secs(60),
            denials_per_session: 10,
            upstreams_per_session: 256,
            upstream_idle: 256,
            dns_servers: Vec::new(),
            world_lease: Duration::from_secs(60),
            shadow_every: 1000,
            memory: 65_536,
            shutdown_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(600),
        }
    }
}

impl GatewayConfig {
    /// The limits of one client's connection.
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits {
            head: HeadLimits {
                bytes: self.head_limit,
                fields: self.field_limit,
                target: self.target_limit,
                ..HeadLimits::default()
            },
            head_timeout: self.head_timeout,
            idle_timeout: self.idle_timeout,
            body_rate: self.body_rate,
            body_grace: self.body_grace,
            reply_grace: self.reply_grace,
            h2_streams: self.h2_streams,
            h2_local_resets: self.h2_local_resets,
        }
    }

    /// The settings of one worker's connections to resources.
    pub(crate) fn pool(&self) -> PoolConfig {
        PoolConfig {
            connect_timeout: self.connect_timeout,
            response_timeout: self.response_timeout,
            most_idle: self.upstream_idle,
            workers: self.worker_count(),
        }
    }

    /// How many workers there are: one per processor where none is configured.
    pub(crate) fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            workers => workers,
        }
    }
}
