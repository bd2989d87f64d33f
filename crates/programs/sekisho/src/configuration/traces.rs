//! The traces that are wanted: to which collector, of how much, and what a client's own trace counts for.

use std::path::Path;

use serde::Deserialize;

use super::ConfigurationProblem;

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
    /// Checks it as the content of a file.
    pub(super) fn check(&self, path: &Path, text: &str) -> Result<(), ConfigurationProblem> {
        let wrong =
            |field: &str, message: &str| Err(ConfigurationProblem::within(path, text, "traces", field, message));
        let endpoint: Option<http::Uri> = self.endpoint.parse().ok();
        let is_plain = endpoint.is_some_and(|endpoint| {
            let leads_there = endpoint.host().is_some() && endpoint.port_u16().is_some_and(|port| port != 0);
            endpoint.scheme_str() == Some("http") && leads_there && matches!(endpoint.path(), "" | "/")
        });
        if !is_plain {
            return wrong(
                "endpoint",
                "must be `http://host:port` without a path, such as `http://127.0.0.1:4317`: a collector on this machine or in its network, which secures the way on",
            );
        }
        if !(0.0..=1.0).contains(&self.ratio) {
            return wrong("ratio", "must be 0 to 1: the share of new traces that is sampled");
        }
        Ok(())
    }
}

const fn default_ratio() -> f64 {
    0.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;

    #[test]
    fn i20_wrong_traces_name_line_field_and_fix() {
        for (endpoint, more, place, fix) in [
            ("https://collector:4317", "", "4: `traces.endpoint`", "http://127.0.0.1:4317"),
            ("http://127.0.0.1:4317/v1/traces", "", "4: `traces.endpoint`", "without a path"),
            ("http://127.0.0.1", "", "4: `traces.endpoint`", "host:port"),
            ("http://127.0.0.1:4317", "ratio = 1.5", "5: `traces.ratio`", "0 to 1"),
            ("http://127.0.0.1:4317", "clients = \"trust\"", "5: `clients`", "`link`"),
        ] {
            let text = format!("data = \"d\"\ndomain = \"example.jp\"\n[traces]\nendpoint = \"{endpoint}\"\n{more}\n");
            let problem = Configuration::parse(Path::new("/etc/sekisho.toml"), &text).expect_err(endpoint).to_string();
            assert!(problem.starts_with(&format!("/etc/sekisho.toml:{place}")), "{problem}");
            assert!(problem.contains(fix), "{problem}");
        }
    }
}
