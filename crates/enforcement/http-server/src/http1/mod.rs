//! HTTP/1 as a server, on top of the strict reader: one parser, so no other can read the bytes differently.

pub(crate) mod body;
mod connection;
mod departure;
mod exchange;
mod once;
mod reading;
mod writing;

pub use connection::serve;
pub use once::answer_once;
