//! Devices: enrolment, posture and the proof that a browser session runs on one.
//!
//! - [`Devices`]: enrolment by one-time token, renewal, reports, compliance, revocation;
//! - [`Devices::challenge`] and [`Devices::verify_proof`]: the loopback proof;
//! - [`evaluate`]: checks and facts to failing checks, a pure function;
//! - [`api`]: all of it as HTTP for the devices host.
//!
//! Times are arguments; only [`api`] reads the clock. What changes anything is recorded in the ledger before it is done.

pub mod acts;

mod api;
mod browser_code;
mod caller;
mod capability;
mod certificate;
mod checks;
mod devices;
mod enrolment;
mod evaluation;
mod intake;
mod key;
mod limiter;
mod problem;
mod proof;
mod refusal;
mod ticket;
mod version;
pub mod view;

pub use api::api;
pub use browser_code::{CodeAsk, Collected};
pub use capability::capability;
pub use certificate::identify;
pub use checks::default_checks;
pub use devices::{Devices, DevicesError};
pub use enrolment::{EnrolmentToken, NewDevice};
pub use evaluation::{NOT_REPORTED, evaluate};
pub use key::DeviceKey;
pub use limiter::Limiter;
pub use proof::ProofChallenge;
pub use refusal::Refusal;
pub use sekisho_device_protocol::report::FACTS;
