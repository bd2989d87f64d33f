//! Drives Chromium over the Chrome DevTools Protocol, as a person would: real clicks and keys, real pages, no sleeps.

mod authenticator;
mod axe;
mod connection;
mod keys;
mod launch;
mod page;
mod script;
mod sockets;

pub use authenticator::Authenticator;
pub use launch::Browser;
pub use page::Page;
pub use sockets::{Frame, SocketEvent, SocketWatch};
