//! Access log and traces, as they are configured.

use std::fs::File;

use sekisho_telemetry::{AccessLog, ClientTraces, Destination, Lost, Observers, TraceSettings, Traces};

use crate::cli::Failure;
use crate::configuration::{ClientsSetting, Configuration};

/// What runs of both.
#[derive(Debug, Default)]
pub(super) struct Telemetry {
    log: Option<AccessLog>,
    traces: Option<Traces>,
}

impl Telemetry {
    /// Starts what is configured.
    pub(super) fn start(configuration: &Configuration) -> Result<(Self, Observers), Failure> {
        let (mut running, mut observers) = (Self::default(), Observers::default());
        if let Some(path) = &configuration.access_log {
            let destination =
                if path.as_os_str() == "-" { Destination::Output } else { Destination::File(path.clone()) };
            let (log, outlet) = AccessLog::start(destination).map_err(|error| {
                Failure::usage(format_args!(
                    "`access_log`: {}: {error}: name a file in a folder that Sekisho may write to, or `-`",
                    path.display()
                ))
            })?;
            (running.log, observers.log) = (Some(log), Some(outlet));
        }
        if let Some(wanted) = &configuration.traces {
            let settings = TraceSettings {
                endpoint: wanted.endpoint.clone(),
                ratio: wanted.ratio,
                clients: match wanted.clients {
                    ClientsSetting::Link => ClientTraces::Linked,
                    ClientsSetting::Continue => ClientTraces::Continued,
                },
            };
            let (traces, tracing) = Traces::start(settings).map_err(Failure::failed)?;
            (running.traces, observers.traces) = (Some(traces), Some(tracing));
        }
        Ok((running, observers))
    }

    /// Opens the access log's file again: the one before may have been moved away.
    ///
    /// # Errors
    /// When it cannot be opened: the log goes on where it was.
    pub(super) fn open_again(&self) -> Result<Option<File>, String> {
        let open = |log: &AccessLog| {
            log.destination().open().map_err(|error| format!("`access_log`: {:?}: {error}", log.destination()))
        };
        self.log.as_ref().map(open).transpose()
    }

    /// Goes on in that file.
    pub(super) fn go_on_in(&self, file: Option<File>) {
        if let (Some(log), Some(file)) = (&self.log, file) {
            log.go_on_in(file);
        }
    }

    /// What was lost, for the metrics: name, what it is, count.
    pub(super) fn lost(&self) -> Vec<(&'static str, &'static str, Lost)> {
        let lines = self.log.as_ref().map(|log| log.lost.clone());
        let traces = self.traces.as_ref().map(|traces| traces.lost.clone());
        let lines = lines.map(|lost| ("sekisho_access_log_lost", "Lines that the access log could not take", lost));
        let traces = traces.map(|lost| ("sekisho_traces_lost", "Exchanges whose spans reached no collector", lost));
        [lines, traces].into_iter().flatten().collect()
    }

    /// Writes what was told so far, and ends.
    pub(super) async fn close(self) {
        let closed = tokio::task::spawn_blocking(move || {
            self.log.iter().for_each(AccessLog::close);
            self.traces.iter().for_each(Traces::close);
        });
        // A panic there is in the log already.
        let _ = closed.await;
    }
}
