//! Terminals: how a command line signs in through a browser, and how it opens tunnels to TCP services.
//!
//! - [`Server`]: the terminals' host, and the connection to it, with the device's key where the machine is enrolled;
//! - [`sign_in`]: the device authorisation grant (RFC 8628) as a client;
//! - [`Session`]: what it ends in, in a file that only this user can read;
//! - [`Line::tunnel`] and [`Tunnel::carry`]: one tunnel over HTTP/2 CONNECT;
//! - [`Forward`]: a listener on this machine that only this user can use.

mod error;
mod forward;
mod line;
mod lines;
mod peer;
mod said;
mod server;
mod session;
pub mod sign_in;
mod tunnel;

pub use error::TerminalError;
pub use forward::{Forward, Listen};
pub use line::Line;
pub use said::{Denial, language};
pub use server::{Server, Trust};
pub use session::{Session, default_file};
pub use tunnel::Tunnel;
