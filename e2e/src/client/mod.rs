//! A person without browser: HTTPS with cookies, a passkey in software, WebSockets; many of them at work.

mod answer;
mod connect;
mod cookies;
mod load;
mod person;

pub use answer::Answer;
pub use connect::{Connector, Keeping, Sharing, Socket};
pub use load::Load;
pub use person::Person;
