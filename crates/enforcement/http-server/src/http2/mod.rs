//! HTTP/2 as a server: the same replies as over HTTP/1, a stream each.

pub(crate) mod body;
mod chatter;
mod connection;
mod draining;
mod field_blocks;
mod frame_follower;
mod frame_watch;
mod sending;
mod stream;
pub(crate) mod stream_audit;
mod stream_io;
pub(crate) mod tunnel_windows;
mod websocket;

pub use connection::serve;
pub use sending::send;
pub use tunnel_windows::{TUNNEL_FRAME, TunnelWindows};
