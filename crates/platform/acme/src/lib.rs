//! Certificates from an authority that speaks ACME (RFC 8555): account, orders, challenges, renewal.
//!
//! [`Acme::start`] runs one task. It is told by [`Wanted`] for which hosts certificates are wanted and from which authority, and
//! publishes what it has as [`State`]. It orders one certificate for each host, so that a host whose name does not lead here
//! yet stands in nobody's way. It proves that a host is ours by `tls-alpn-01` (RFC 8737): whoever started it shows the answer on
//! the listener that there is, and opens no other port.
//!
//! The account and the certificates are sealed documents. Of several processes on one store one orders at a time, and all
//! of them answer the authority's question, wherever it arrives.

mod account;
mod answering;
mod certificate;
mod challenge;
mod failure;
mod https;
mod lease;
mod order;
mod renewal;
mod schedule;
mod settings;
mod state;
mod task;
mod vault;

pub use certificate::Issued;
pub use challenge::ChallengeAnswer;
pub use settings::{ExternalAccount, Settings};
pub use state::{HostProblem, HostState, State};
pub use task::{Acme, Answers, Clock, Parts, Recorder, Wanted};
