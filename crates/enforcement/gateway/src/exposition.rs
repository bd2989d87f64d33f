//! What was counted, in the form that Prometheus reads.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use sekisho_upstream::Health;

use crate::meter::{BOUNDS, Histogram, Metrics, Reading};

impl Metrics {
    /// Writes what all workers counted, as of the last second, and what health checks found.
    ///
    /// # Errors
    /// When the encoder cannot write.
    pub fn encode(&self, health: &Health, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let reading = self.reading();
        families(&reading, encoder)?;
        histograms(&reading, encoder)?;
        connections(&reading, encoder)?;
        let help = "Addresses of an upstream that its health checks find ill";
        let name = "sekisho_upstream_unhealthy_addresses";
        let mut ill = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (resource, count) in health.unhealthy() {
            ill.encode_family(&[("resource", resource.as_str())])?.encode_gauge(&signed(count))?;
        }
        Ok(())
    }
}

/// The counters with labels.
fn families(reading: &Reading, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help =
        "Decisions by resource, outcome and first reason; what a remembered one covers has the reason `remembered`";
    let decisions = reading.decisions.iter().flat_map(|((resource, outcome), reasons)| {
        let labels = move |reason| [("resource", resource.as_str()), ("outcome", *outcome), ("reason", reason)];
        reasons.iter().map(move |(reason, count)| (labels(reason.as_str()), *count))
    });
    family(encoder, "sekisho_decisions", help, decisions)?;
    let refusals = reading.refusals.iter().map(|(kind, count)| ([("kind", *kind)], *count));
    family(encoder, "sekisho_refusals", "Requests that were not forwarded, by kind", refusals)?;
    let failures = reading.upstream_failures.iter();
    let failures = failures.map(|((id, kind), count)| ([("resource", id.as_str()), ("kind", *kind)], *count));
    family(encoder, "sekisho_upstream_failures", "Upstreams that gave no answer", failures)?;
    let cuts = reading.cuts.iter().map(|(reason, count)| ([("reason", reason.as_str())], *count));
    family(encoder, "sekisho_cuts", "Open exchanges and streams that were cut, by reason", cuts)
}

fn family<'a, const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: impl Iterator<Item = ([(&'a str, &'a str); N], u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in counts {
        metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    Ok(())
}

fn histograms(reading: &Reading, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    for (name, help, histogram) in [
        ("sekisho_cut_delay_seconds", "From the publication of a fact to the cut", &reading.cut_delay),
        ("sekisho_decide_seconds", "How long deciding took", &reading.decide),
        ("sekisho_ledger_append_seconds", "How long a decision took to be on the disk", &reading.record),
        ("sekisho_request_seconds", "From a whole head to the head of the reply", &reading.request),
    ] {
        histogram_of(encoder, name, help, histogram)?;
    }
    Ok(())
}

fn histogram_of(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
    let bounds = BOUNDS.into_iter().chain([f64::MAX]);
    let buckets: Vec<(f64, u64)> = bounds.zip(histogram.buckets).collect();
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    metric.encode_histogram::<NoLabelSet>(histogram.sum, histogram.count(), &buckets, None)
}

fn connections(reading: &Reading, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    for (name, help, count) in [
        ("sekisho_connections", "Connections that were accepted", reading.connections),
        ("sekisho_connections_refused", "Connections that found no place", reading.connections_refused),
    ] {
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    for (name, help, value) in [
        ("sekisho_open_connections", "Connections that are open", reading.open_connections),
        ("sekisho_open_streams", "Exchanges and streams that are open", reading.open_streams),
    ] {
        encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&signed(value))?;
    }
    Ok(())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
