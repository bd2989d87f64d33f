//! Attacks on HTTP gateways as tables of bytes, and what must come of each.
//!
//! - [`cases`]: the tables, by class (PATH, HOST, SMUG, HDR, COOK as bytes, H2 as frames);
//! - [`h2`]: frames and header blocks, written and read byte by byte;
//! - [`Recorder`]: an origin that keeps every byte, read again with a strict and a lenient parser;
//! - [`Setting`]: the gateway under attack: its address, its hosts, a signed-in person's cookie;
//! - [`Setting::run`]: one case against it, with everything that must hold after every case.
//!
//! The setting needs three hosts: `app`, an application that the cookie's owner may use except under `/admin/`; `other`,
//! an application of the same upstream that the cookie's owner may not use; and any name that is not served.

pub mod cases;
mod client;
pub mod h2;
mod held;
mod outcome;
mod reading;
mod recorder;
mod run;

pub use client::{Client, ClientError, Response, trusting};
pub use outcome::{Case, Expected};
pub use reading::{Request, lenient, strict};
pub use recorder::{Recorded, Recorder};
pub use run::{Failure, Passed, Setting};
