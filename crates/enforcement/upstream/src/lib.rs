//! Connections to resources: their addresses, their health, a pool for each worker, and what comes back.
//!
//! Nothing here is reached without a permit: [`forward()`] and [`open()`] take one and are, with the health checks' probe and the
//! [`Trial`] of an address before it is published, all that dials. Whom a request comes from, and what is recorded of it, is not known here.

mod body;
mod budget;
mod config;
mod descriptors;
mod endpoint_lease;
mod forward;
mod health;
mod health_check;
mod http1;
mod http2;
mod interim_limit;
mod io;
mod line;
mod names;
mod no_answer;
mod origin;
mod plain_file;
mod pump;
mod resets;
mod resolver;
mod stream_use;
mod tls;
mod trial;
mod unanswered;
mod upstreams;

pub use body::{Failed, Part, UpstreamBody};
pub use budget::{Budget, Room, Share, Socket};
pub use config::PoolConfig;
pub use descriptors::{most_connections, most_upstreams};
pub use endpoint_lease::Lease;
pub use forward::{forward, open};
pub use health::Health;
pub use health_check::HealthChecker;
pub use io::UpstreamIo;
pub use names::Names;
pub use no_answer::NoAnswer;
pub use origin::{Origins, Reuse};
pub use plain_file::{open_plain, read_plain, read_private_key};
pub use resolver::NameResolver;
pub use trial::{Trial, TrialAnswer, Tried};
pub use upstreams::Upstreams;
