//! The seam between the platform and its capabilities.
//!
//! A capability is one crate. It contributes one value, a [`Capability`], and the program lists these values in one place. It is given
//! [`Services`].
//!
//! - [`Changes`] is the only writer of documents: it records an act in the ledger before it commits the act's documents.
//!   [`maintain`] writes what the platform keeps for itself, [`consume`] uses a one-time document up, [`sweep`] removes those that expired,
//!   [`key_once`] makes the platform's own keys. Nothing else writes documents.
//! - [`ActSpec`] describes an administrative act: which [`Part`] of the platform it needs, and the action in policies;
//!   [`demand`] says what somebody must be permitted for it, and [`Asking::decide_act`] asks the policy engine.
//! - [`TaskSpec`] declares periodic or woken work; [`Tasks`] runs it with jitter, back-off and, where one process is enough, a lease.
//! - [`seal_ledger`] keeps the ledger's head in the store and [`compare_ledger`] stops a ledger that lacks what was sealed of it.
//! - [`Clock`] tells the time: [`GuardedClock`] is the system's, held against the time that passed and the last that was seen.
//! - [`Entropy`] returns random bytes, or an error when the system has none.
//! - [`Leases`] give one of several processes on one store the right to do something alone.

mod act_spec;
mod attempts;
mod authorise;
mod capability;
mod change;
mod change_error;
mod changes;
mod clock;
mod commit;
mod demand;
mod entropy;
mod guarded_clock;
mod key_once;
mod last_seen;
mod lease;
mod ledger_seal;
pub mod metrics;
mod part;
mod readiness;
mod reckoning;
mod rights;
mod services;
pub mod short_code;
pub mod supposed;
mod sweep;
mod task;
mod task_status;
mod tasks;
mod turns;

pub use act_spec::ActSpec;
pub use attempts::{Attempts, Built};
pub use authorise::Asking;
pub use capability::Capability;
pub use change::Change;
pub use change_error::ChangeError;
pub use changes::Changes;
pub use clock::Clock;
pub use commit::{consume, maintain};
pub use demand::{Demand, demand};
pub use entropy::{Entropy, NoEntropy};
pub use guarded_clock::GuardedClock;
pub use key_once::key_once;
pub use last_seen::{keep_last_seen, last_seen};
pub use lease::{Held, LEASE_LIFE, Leases};
pub use ledger_seal::{ROLLBACK_ACCEPTED, SealedHead, accept_rollback, compare_ledger, seal_ledger, sealed_head};
pub use part::{CONSOLE, PLATFORM_CATEGORY, Part, own_resources};
pub use readiness::Readiness;
pub use reckoning::ClockStanding;
pub use rights::{ROLE_GROUPS, gives_rights, has_rights};
pub use services::Services;
pub use sweep::sweep;
pub use task::{Running, Scope, TaskSpec};
pub use task_status::{TaskFailure, TaskStatus};
pub use tasks::{TaskList, Tasks};
pub use turns::Turns;
