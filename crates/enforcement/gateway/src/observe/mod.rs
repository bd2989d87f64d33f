//! What others are told of each exchange after it ended: the access log and the traces. Nobody waits for them, and where
//! nobody wants to be told nothing is gathered.

mod exchange;
mod observation;
mod outlet;
mod trace;

pub(crate) use exchange::Exchange;
pub use observation::{Decided, Forwarded, Observation, Outcome, Protocol};
pub use outlet::{Inlet, Lost, Outlet, outlet};
pub use trace::{ClientTraces, Spans, Tracing};

/// Who is told.
#[derive(Debug, Default)]
pub struct Observers {
    /// The access log.
    pub log: Option<Outlet>,
    /// The traces.
    pub traces: Option<Tracing>,
}

impl Observers {
    /// Tells everybody who wants to know.
    fn tell(&self, observation: Observation) {
        let traces = self.traces.as_ref().filter(|_| observation.spans.as_ref().is_some_and(|spans| spans.sampled));
        match (&self.log, traces) {
            (Some(log), Some(traces)) => {
                log.tell(observation.clone());
                traces.outlet.tell(observation);
            }
            (Some(log), None) => log.tell(observation),
            (None, Some(traces)) => traces.outlet.tell(observation),
            (None, None) => {}
        }
    }

    const fn is_anybody(&self) -> bool {
        self.log.is_some() || self.traces.is_some()
    }
}
