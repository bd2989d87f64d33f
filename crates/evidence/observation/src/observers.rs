//! Who receives observations: the access log, the traces, or both. An enforcement point gathers nothing where nobody receives.

use crate::observation::Observation;
use crate::outlet::Outlet;
use crate::trace::Tracing;

/// Who receives the observations of an enforcement point.
#[derive(Debug, Default)]
pub struct Observers {
    /// The access log.
    pub log: Option<Outlet>,
    /// The traces.
    pub traces: Option<Tracing>,
}

impl Observers {
    /// Hands an observation to the access log, and to the traces if its trace is sampled. Never waits.
    pub fn tell(&self, observation: Observation) {
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

    /// Whether anybody receives observations.
    #[must_use]
    pub const fn is_anybody(&self) -> bool {
        self.log.is_some() || self.traces.is_some()
    }
}
