//! STIX 2.1 indicators: which addresses they name, from when until when, and how sure their maker is.

use sekisho_model::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::listing::Entry;
use crate::pattern;

/// The longest name of an indicator that is kept, in characters.
const NAME: usize = 120;

/// An indicator of a collection, in its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indicator {
    pub(crate) id: String,
    pub(crate) modified: Timestamp,
    /// What it names; nothing when it is revoked, too uncertain, or about something else than addresses.
    pub(crate) entries: Vec<Entry>,
    /// Whether it names something that is not read.
    pub(crate) is_skipped: bool,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    modified: Timestamp,
    #[serde(default)]
    revoked: bool,
    pattern: String,
    #[serde(default = "stix")]
    pattern_type: String,
    valid_from: Timestamp,
    valid_until: Option<Timestamp>,
    confidence: Option<u8>,
    name: Option<String>,
}

/// What an entry weighs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighing {
    /// The score of what is certain.
    pub(crate) score: u8,
    /// The lowest confidence that counts.
    pub(crate) minimum_confidence: u8,
}

fn stix() -> String {
    "stix".to_owned()
}

/// Reads an object of a collection. `None` when it is no indicator, or one without what every indicator has.
pub(crate) fn indicator(object: &Value, weighing: Weighing) -> Option<Indicator> {
    if object.get("type").and_then(Value::as_str) != Some("indicator") {
        return None;
    }
    let written = Written::deserialize(object).ok()?;
    // Who states no confidence states the indicator as such.
    let confidence = written.confidence.unwrap_or(100);
    let counts = !written.revoked && confidence <= 100 && confidence > 0 && confidence >= weighing.minimum_confidence;
    let networks = (written.pattern_type == "stix").then(|| pattern::networks(&written.pattern)).flatten();
    let score =
        u8::try_from((u16::from(weighing.score) * u16::from(confidence)).div_ceil(100)).unwrap_or(weighing.score);
    let why = why(&written, confidence);
    let entry = |network| Entry {
        network,
        score,
        from: Some(written.valid_from),
        until: written.valid_until,
        why: why.clone(),
    };
    Some(Indicator {
        is_skipped: networks.as_ref().is_none_or(Vec::is_empty),
        entries: networks.filter(|_| counts).into_iter().flatten().map(entry).collect(),
        id: written.id,
        modified: written.modified,
    })
}

/// What the indicator is called, and how sure its maker is, without anything that a page could not show.
fn why(written: &Written, confidence: u8) -> String {
    let name = written.name.as_deref().unwrap_or(&written.id);
    let name: String = name.chars().filter(|letter| !letter.is_control()).take(NAME).collect();
    format!("{name} ({confidence}/100)")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(field: &str, value: Value) -> Option<Indicator> {
        let mut object = json!({
            "type": "indicator", "spec_version": "2.1", "id": "indicator--1", "created": "2026-01-01T00:00:00Z",
            "modified": "2026-01-02T00:00:00Z", "pattern": "[ipv4-addr:value = '192.0.2.7']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z", "confidence": 50, "name": "A botnet\u{7}",
        });
        object[field] = value;
        indicator(&object, Weighing { score: 90, minimum_confidence: 30 })
    }

    #[test]
    fn the_score_is_weighed_by_confidence() {
        let found = read("lang", json!("en")).expect("an indicator");
        let entry = found.entries.first().expect("an entry");
        assert_eq!((entry.score, entry.why.as_str(), entry.until), (45, "A botnet (50/100)", None));
        assert_eq!(read("confidence", Value::Null).expect("an indicator").entries[0].score, 90);
        assert_eq!(read("confidence", json!(30)).expect("an indicator").entries[0].score, 27);
    }

    #[test]
    fn what_is_revoked_or_uncertain_names_nothing() {
        for (field, value) in [("revoked", json!(true)), ("confidence", json!(29)), ("confidence", json!(101))] {
            let found = read(field, value.clone()).expect("an indicator");
            assert!(found.entries.is_empty() && !found.is_skipped, "{field} {value}");
        }
        for (field, value) in [("pattern", json!("[file:name = 'x']")), ("pattern_type", json!("sigma"))] {
            let found = read(field, value.clone()).expect("an indicator");
            assert!(found.entries.is_empty() && found.is_skipped, "{field} {value}");
        }
        for (field, value) in [("type", json!("malware")), ("modified", json!("yesterday")), ("confidence", json!("x"))]
        {
            assert_eq!(read(field, value.clone()), None, "{field} {value}");
        }
    }
}
