//! Writes observations of exchanges that ended: a line of the access log, spans of a trace. Each has a thread of its own
//! behind a bounded queue; a slow disk or a collector that is gone costs lines and spans, which are counted, and no request
//! waits for either.

mod access_log;
mod line;
mod spans;
mod traces;
mod writer;

pub use access_log::{AccessLog, Destination};
pub use sekisho_observation::{ClientTraces, Lost, Observers};
pub use traces::{TraceSettings, Traces};

/// The most observations that may wait for the writer.
const QUEUE: usize = 8192;
/// The most that are written at once.
const BATCH: usize = 512;
