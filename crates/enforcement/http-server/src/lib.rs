//! HTTP/1 and HTTP/2 as a server: it reads heads strictly, bounds what one client's connection may hold, and writes replies.
//!
//! What a request comes to is not decided here: a [`Service`] answers each head that was read, and this crate knows nothing of
//! sessions, policies or applications.

mod body_fault;
mod coalescing_writer;
mod connected;
mod date;
mod direction;
mod halves;
pub mod http1;
pub mod http2;
mod inspected;
mod interim;
mod limits;
mod pace;
mod phase;
mod read_ahead;
mod reply;
mod request_body;
mod service;
mod upgraded;

pub use body_fault::{BodyError, BodyFault};
pub use connected::Connected;
pub use direction::Direction;
pub use halves::{FromClient, ToClient, halves};
pub use inspected::{Inspect, Inspected};
pub use interim::{Hints, Interim};
pub use limits::ConnectionLimits;
pub use pace::{Pace, Patience};
pub use phase::Phase;
pub use read_ahead::ReadAhead;
pub use reply::{Broken, Reply, ReplyBody};
pub use request_body::RequestBody;
pub use service::Service;
pub use upgraded::Upgraded;
