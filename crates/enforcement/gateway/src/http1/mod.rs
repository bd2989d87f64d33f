//! HTTP/1 as a server, on top of the strict reader: one parser, so no other can read the bytes differently.

mod body;
mod connection;
mod reading;
mod writing;

pub(crate) use body::{BodyFault, Http1Body};
pub(crate) use connection::serve;
pub(crate) use reading::{Awaited, Connected, Patience, Readable};
pub(crate) use writing::{Asked, Writable};
