//! Shorthands to write metrics.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

/// No labels.
type NoLabels = [(&'static str, &'static str); 0];

/// Writes a family of counters with their labels. Labels must be bounded in number: an identifier, never a path.
///
/// # Errors
/// When the encoder cannot write.
pub fn counters<'a, const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: impl Iterator<Item = ([(&'a str, &'a str); N], u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in counts {
        metric.encode_family(&labels)?.encode_counter::<NoLabels, _, u64>(&count, None)?;
    }
    Ok(())
}

/// Writes one gauge.
///
/// # Errors
/// When the encoder cannot write.
pub fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: usize) -> fmt::Result {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}
