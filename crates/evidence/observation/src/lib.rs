//! Observations: what is known of one exchange after it ended. An enforcement point makes them; the access log and the traces
//! take them from bounded queues, off the request path.
//!
//! The types stand here, below both: the record of an exchange does not depend on what enforced it.

mod observation;
mod observers;
mod outlet;
mod question_counts;
mod trace;

pub use observation::{Decided, Forwarded, Observation, Outcome, Protocol};
pub use observers::Observers;
pub use outlet::{Inlet, Lost, Outlet, outlet};
pub use question_counts::{Answered, QuestionCounts};
pub use trace::{ClientTraces, Spans, Tracing};
