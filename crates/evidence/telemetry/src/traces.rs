//! Traces: spans to an OpenTelemetry collector, by OTLP over gRPC.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use sekisho_observation::{ClientTraces, Inlet, Lost, Tracing, outlet};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::writer::{TURN, Writer};
use crate::{BATCH, QUEUE, spans};

/// How long a collector may take for one batch.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wanted of traces.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// The collector: `http://host:port`.
    pub endpoint: String,
    /// Which share of new traces is sampled, 0 to 1.
    pub ratio: f64,
    /// What a client's own trace counts for.
    pub clients: ClientTraces,
}

/// Traces under way.
#[derive(Debug)]
pub struct Traces {
    /// Exchanges whose spans did not reach the collector.
    pub lost: Lost,
    writer: Writer,
}

impl Traces {
    /// Starts to send what is put into the outlet.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(settings: TraceSettings) -> io::Result<(Self, Tracing)> {
        let (outlet, inlet) = outlet(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let TraceSettings { endpoint, ratio, clients } = settings;
        let exporter = exporter(&runtime, endpoint)?;
        let lost = inlet.lost.clone();
        let writer = Writer::start("traces", move |closing| send_all(&inlet, &runtime, &exporter, closing))?;
        Ok((Self { lost, writer }, Tracing { outlet, ratio, clients }))
    }

    /// Sends what was told so far, and ends.
    pub fn close(&self) {
        self.writer.close();
    }
}

/// The connection is made when there is something to send, and made again when it ended.
fn exporter(runtime: &Runtime, endpoint: String) -> io::Result<SpanExporter> {
    let _inside = runtime.enter();
    let builder = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE);
    let mut exporter = builder.build().map_err(io::Error::other)?;
    exporter.set_resource(&Resource::builder_empty().with_service_name("sekisho").build());
    Ok(exporter)
}

fn send_all(inlet: &Inlet, runtime: &Runtime, exporter: &SpanExporter, closing: &AtomicBool) {
    let scope = InstrumentationScope::builder("sekisho-gateway").with_version(env!("CARGO_PKG_VERSION")).build();
    let mut failing = false;
    loop {
        let last = closing.load(Ordering::Relaxed);
        let batch = if last { Some(inlet.rest(BATCH)) } else { inlet.next(TURN, BATCH) };
        let Some(batch) = batch else { return };
        let spans: Vec<_> = batch.iter().flat_map(|observation| spans::of(observation, &scope)).collect();
        if !spans.is_empty() {
            let sent = runtime.block_on(async { timeout(PATIENCE, exporter.export(spans)).await });
            let error = match sent {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("it took too long".to_owned()),
            };
            if let Some(error) = &error {
                inlet.lost.add(batch.len());
                if !failing {
                    tracing::error!(
                        error,
                        "the trace collector takes nothing; traces are lost and counted until it does"
                    );
                }
            } else if failing {
                tracing::warn!(lost = inlet.lost.count(), "the trace collector takes traces again");
            }
            failing = error.is_some();
        }
        if last && batch.is_empty() {
            return;
        }
    }
}
