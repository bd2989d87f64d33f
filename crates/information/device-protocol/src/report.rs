//! Reports: the facts a device tells of itself, each report once.

use std::collections::BTreeMap;
use std::fmt;

use sekisho_model::documents::FactValue;
use sekisho_model::{CheckId, DeviceId, Text};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Where a device reports: `GET` answers a [`Ticket`], `POST` takes a [`Report`]; both with its client certificate.
pub const REPORT_PATH: &str = "/report";

/// The most bytes a report may have.
pub const MAX_REPORT_BYTES: usize = 2 * 1024 * 1024;

/// The deepest nesting a report may have.
pub const MAX_REPORT_DEPTH: usize = 8;

/// The most facts that count in one report.
pub const MAX_FACTS: usize = 256;

/// The facts that the agent reports where the machine tells them. A check on another fact fails on every device.
pub const FACTS: [&str; 27] = [
    "accounts.without_password",
    "agent.version",
    "boot.secure",
    "disk.encrypted",
    "etc.world_writable",
    "firewall.enabled",
    "kernel.release",
    "kernel.version",
    "logs.persistent",
    "machine.virtual",
    "os.id",
    "os.name",
    "os.version",
    "packages.count",
    "packages.installed",
    "packages.sources",
    "ports.listening",
    "protection.running",
    "screen.absent",
    "screen.lock",
    "sshd.absent",
    "sshd.empty_passwords",
    "sshd.root_password",
    "time.synchronised",
    "updates.automatic",
    "updates.security_pending",
    "uptime.seconds",
];

/// What the next report must carry: it is accepted once, for minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The sequence number of the next report.
    pub sequence: u64,
    /// The server's nonce for it.
    pub nonce: String,
}

/// What a device reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Which device: must be the one in the client certificate.
    pub device: DeviceId,
    /// The ticket's sequence number.
    pub sequence: u64,
    /// The ticket's nonce.
    pub nonce: String,
    /// The facts.
    pub facts: Facts,
    /// The facts that are as they were in the last accepted report and so are not sent again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<String>,
}

/// What the server made of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportAnswer {
    /// Whether every check that applies passed.
    pub compliant: bool,
    /// The checks that fail.
    pub failing: Vec<Failing>,
    /// The facts that were called unchanged and that the server does not have: send them with the next report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// For the next report.
    pub next: Ticket,
}

/// A check that fails, as the person at the device reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Which check.
    pub check: CheckId,
    /// What was found.
    pub found: String,
    /// Why the device is not compliant.
    pub reason: Text,
    /// What to do about it.
    pub remedy: Text,
}

/// Facts by name. What is not a fact (a fraction, `null`, an object, a list of anything but texts, a name or a value beyond
/// the limits) is left out, so that it counts as not reported; a name given twice is an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Facts(pub BTreeMap<String, FactValue>);

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FactsVisitor)
    }
}

struct FactsVisitor;

impl<'de> Visitor<'de> for FactsVisitor {
    type Value = Facts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of facts by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
        let mut seen = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if seen.contains_key(&name) {
                return Err(serde::de::Error::custom("a fact is given twice"));
            }
            let fact = if is_fact_name(&name) { fact_of(value) } else { None };
            seen.insert(name, fact);
        }
        Ok(Facts(seen.into_iter().filter_map(|(name, fact)| Some((name, fact?))).take(MAX_FACTS).collect()))
    }
}

/// Whether a text can name a fact: 1 to 128 of `a-z 0-9 . _ -`.
#[must_use]
pub fn is_fact_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= 128 && name.bytes().all(allowed)
}

/// The fact in a JSON value, if it is one: no conversion, a number in quotes stays a text.
fn fact_of(value: serde_json::Value) -> Option<FactValue> {
    use serde_json::Value;
    match value {
        Value::Bool(value) => Some(FactValue::Bool(value)),
        Value::Number(value) => value.as_i64().map(FactValue::Number),
        Value::String(value) if value.len() <= 4096 => Some(FactValue::Text(value)),
        Value::Array(values) if values.len() <= 20_000 => {
            values.into_iter().map(list_item).collect::<Option<_>>().map(FactValue::List)
        }
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn list_item(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) if text.len() <= 512 => Some(text),
        _ => None,
    }
}

/// Whether a JSON text nests deeper than `limit`. Looks at brackets outside strings only, so it works on any bytes and
/// runs before anything recursive sees them.
#[must_use]
pub fn is_deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            (in_string, escaped) = (escaped || *byte != b'"', !escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> Result<Facts, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn what_is_not_a_fact_counts_as_not_reported() {
        let read = facts(
            r#"{"a":true,"b":3,"c":"x","d":["1"],"e":1.5,"f":null,"g":{"x":1},"h":[true],"i":[["x"]],"Bad":1,"":1,"j":9223372036854775808}"#,
        )
        .expect("an object");
        assert_eq!(read.0.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        let quoted = facts(r#"{"a":"true","b":"3"}"#).expect("an object");
        assert_eq!(quoted.0.get("a"), Some(&FactValue::Text("true".to_owned())));
        assert_eq!(quoted.0.get("b"), Some(&FactValue::Text("3".to_owned())));
    }

    #[test]
    fn a_fact_given_twice_is_an_error_even_when_one_of_them_is_none() {
        assert!(facts(r#"{"a":true,"a":false}"#).is_err());
        assert!(facts(r#"{"a":null,"a":false}"#).is_err());
        assert!(facts("[]").is_err());
        assert!(facts(r#"{"a":true,"b":false}"#).is_ok());
    }

    #[test]
    fn a_long_text_is_not_a_fact() {
        let long = "x".repeat(4097);
        assert!(facts(&format!(r#"{{"a":"{long}"}}"#)).expect("an object").0.is_empty());
        assert_eq!(facts(&format!(r#"{{"a":"{}"}}"#, "x".repeat(4096))).expect("an object").0.len(), 1);
    }

    #[test]
    fn depth_is_seen_without_parsing() {
        assert!(!is_deeper_than(br#"{"a":["[[[[[[[[[[{\"[["]}"#, 2));
        assert!(is_deeper_than(br#"{"a":[[1]]}"#, 2));
        assert!(is_deeper_than("[".repeat(10_000).as_bytes(), MAX_REPORT_DEPTH));
        assert!(!is_deeper_than(b"[][][][]", 1));
        assert!(!is_deeper_than(br#""\\",[1]"#, 1));
    }
}
