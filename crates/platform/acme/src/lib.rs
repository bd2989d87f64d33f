//! Certificates from an authority that speaks ACME (RFC 8555): account, orders, challenges, renewal.
//!
//! [`Wanted`] says for which hosts certificates are wanted and from which authority; [`Acme`] publishes what there is as [`State`]. One
//! certificate is ordered for each host, so that a host whose name does not lead here yet delays no other. The proof that a host is
//! ours is `tls-alpn-01` (RFC 8737): [`Answers`] shows it on the listener that there is, and no other port is opened.
//!
//! The account and the certificates are sealed documents. Of several processes on one store one orders at a time, under a lease, and all
//! of them answer the authority's question, wherever it arrives. [`capability`] lists the tasks, metrics and readiness.

mod account;
mod acme;
mod answering;
mod capability;
mod certificate;
mod challenge;
mod failure;
mod https;
mod order;
mod ordering;
mod renewal;
mod schedule;
mod settings;
mod state;
mod vault;

pub use acme::{Acme, Answers, Wanted};
pub use capability::capability;
pub use certificate::Issued;
pub use challenge::ChallengeAnswer;
pub use settings::{ExternalAccount, Settings};
pub use state::{HostProblem, HostState, State};
