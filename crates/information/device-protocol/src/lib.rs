//! What a device and the device authority say to each other. Pure: the agent and the server agree here and nowhere else.
//!
//! - [`enrolment`]: a one-time token and a certificate request become a certificate; renewal;
//! - [`report`]: the facts a device reports of itself, and what the server makes of them;
//! - [`browser_code`]: the same without a connection between browser and agent, by a code that a person types;
//! - [`proof`]: the statement a device signs so that a browser session can show which device it runs on.

pub mod browser_code;
pub mod enrolment;
pub mod proof;
pub mod report;

mod encoding;

pub use encoding::Base64;
