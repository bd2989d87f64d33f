//! The device agent: it holds the device's key, reports the machine's facts, and proves the device to the portal's pages.
//!
//! - [`enroll`]: a token and a fresh key become a certificate in a folder that only this user can read;
//! - [`Agent`]: reports (each minute, and at once when something changed), renews the certificate, and answers the portal's
//!   pages on the loopback interface;
//! - [`BrowserCode`]: the proof by a code, without a connection between browser and agent;
//! - [`client_config`]: the device's key as a TLS client certificate for command-line tools;
//! - [`facts`]: what this machine tells of itself. A fact that cannot be read is not reported, never guessed.

mod agent;
mod browser_code;
mod client;
mod clock;
mod enrolment;
mod error;
mod facts;
mod home;
mod isolation;
mod loopback;
mod reporter;
mod server;
mod signing;
mod trust;

pub use agent::{Agent, AgentConfig, Status, run};
pub use browser_code::BrowserCode;
pub use enrolment::{EnrolOptions, enroll};
pub use error::AgentError;
pub use facts::read_once as facts;
pub use home::{Enrolment, enrolment, follow};
pub use server::ServerAddress;
pub use trust::{ServerTrust, anonymous_config, client_config};
