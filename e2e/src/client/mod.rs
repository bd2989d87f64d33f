//! A person without browser: HTTPS with cookies, a passkey in software, WebSockets; many of them at work. And a program with an API token.

mod answer;
mod connect;
mod cookies;
mod load;
mod person;
mod program;

pub use answer::Answer;
pub use connect::{Connector, Keeping, Sharing, Socket};
pub use load::Load;
pub use person::Person;
pub use program::{Program, Said};
