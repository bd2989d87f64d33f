//! The traces that are wanted: to which collector, of how much, and what a client's own trace counts for.

use serde::Deserialize;

/// Traces for an OpenTelemetry collector.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TracesSetting {
    /// Where the collector takes OTLP over gRPC: `http://host:port`.
    pub endpoint: String,
    /// Which share of new traces is sampled, 0 to 1.
    #[serde(default = "default_ratio")]
    pub ratio: f64,
    /// What the trace counts for that a client says it is in.
    #[serde(default)]
    pub clients: ClientsSetting,
}

/// What a client's own trace counts for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientsSetting {
    /// Our trace is a new one, with a link to it.
    #[default]
    Link,
    /// It goes on here.
    Continue,
}

impl TracesSetting {
    /// What is wrong with it, and how to mend it.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let endpoint: Option<http::Uri> = self.endpoint.parse().ok();
        let is_plain = endpoint.is_some_and(|endpoint| {
            let leads_there = endpoint.host().is_some() && endpoint.port_u16().is_some_and(|port| port != 0);
            endpoint.scheme_str() == Some("http") && leads_there && matches!(endpoint.path(), "" | "/")
        });
        if !is_plain {
            return Some(
                "`endpoint` must be `http://host:port` without a path, such as `http://127.0.0.1:4317`: a collector on this machine or in its network, which secures the way on",
            );
        }
        if !(0.0..=1.0).contains(&self.ratio) {
            return Some("`ratio` must be 0 to 1: the share of new traces that is sampled");
        }
        None
    }
}

const fn default_ratio() -> f64 {
    0.1
}
