//! Real enforcement points that are not ours: nginx, Traefik, Caddy and Envoy as processes, each with the configuration that
//! the guide shows, and a caller of the decision API.

mod caller;
mod port;
mod program;
mod proxy;
mod relay;
mod site;

pub use caller::{Caller, Line, Told};
pub use port::{server_address, server_port};
pub use program::{Program, packages};
pub use proxy::{Proxy, Wiring};
pub use relay::Relay;
pub use site::Site;
