//! Observations: what is known of one exchange after it ended. An enforcement point makes them; the access log and the traces
//! take them from bounded queues, off the request path. [`Denials`] and [`Refused`] bound what the ledger keeps of refusals.
//!
//! The types stand here, below both: the record of an exchange does not depend on what enforced it.

mod denials;
mod observation;
mod observers;
mod outlet;
mod question_counts;
mod refused;
mod trace;

pub use denials::Denials;
pub use observation::{Decided, Forwarded, Observation, Outcome, Protocol};
pub use observers::Observers;
pub use outlet::{Inlet, Lost, Outlet, outlet};
pub use question_counts::{Answered, QuestionCounts};
pub use refused::Refused;
pub use trace::{ClientTraces, Spans, Tracing};
