//! A person without browser: HTTPS with cookies, a passkey in software, WebSockets.

mod answer;
mod connect;
mod cookies;
mod person;

pub use answer::Answer;
pub use connect::{Connector, Keeping, Socket};
pub use person::Person;
