//! The assessment as a document of OSCAL 1.1 (NIST), model "assessment results", in JSON.
//!
//! An item is a finding: `satisfied` only where it is met. A control is an observation by test, with its figures. What nobody can measure
//! is not satisfied, with the reason `other`, until a person assesses it.

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_model::{Language, Timestamp};
use serde_json::{Value, json};

use crate::assessment::{Assessment, Judged, State};
use crate::control::Control;
use crate::measure::Measure;

/// The version of OSCAL that the document keeps to.
const VERSION: &str = "1.1.3";
/// The namespace of our own properties (a URI that names and need not answer).
const NAMESPACE: &str = "urn:sekisho:governance";

/// The document. `text` says a text of a control in English.
pub(crate) fn document(assessment: &Assessment, text: impl Fn(&str) -> String) -> Value {
    let at = assessment.at;
    let id = |what: &str| identifier(at, what);
    let observations: Vec<Value> = assessment
        .measures
        .iter()
        .map(|(control, measure)| observation(assessment, *control, measure, &text))
        .collect();
    let findings: Vec<Value> = assessment.items.iter().map(|judged| finding(at, judged)).collect();
    json!({ "assessment-results": {
        "uuid": id("results"),
        "metadata": {
            "title": "Sekisho: assessment against zero trust frameworks",
            "last-modified": at.to_string(),
            "version": at.to_string(),
            "oscal-version": VERSION,
        },
        "import-ap": { "href": format!("#{}", id("plan")) },
        "results": [{
            "uuid": id("result"),
            "title": "Continuous assessment from live evidence",
            "description": "Every control was measured by the platform itself.",
            "start": at.to_string(),
            "end": at.to_string(),
            "props": [{ "name": "ledger-index", "ns": NAMESPACE, "value": assessment.index.to_string() }],
            "reviewed-controls": { "control-selections": [{ "include-all": {} }] },
            "observations": observations,
            "findings": findings,
        }],
        "back-matter": { "resources": [{
            "uuid": id("plan"),
            "title": "Assessment plan",
            "description": "The controls of the platform, each measured again within a minute.",
        }] },
    } })
}

fn observation(assessment: &Assessment, control: Control, measure: &Measure, text: impl Fn(&str) -> String) -> Value {
    let name = control.name();
    let mut props = vec![
        property("have", &measure.have.to_string()),
        property("of", &measure.of.to_string()),
        property("met", if measure.is_met() { "true" } else { "false" }),
    ];
    props.extend(measure.lacking.iter().map(|one| property("lacking", one)));
    json!({
        "uuid": identifier(assessment.at, name),
        "title": text(&format!("governance-of-{name}")),
        "description": text(&format!("governance-why-{name}")),
        "props": props,
        "methods": ["TEST"],
        "collected": assessment.at.to_string(),
    })
}

fn finding(at: Timestamp, judged: &Judged) -> Value {
    let Judged { item, state } = judged;
    let id = item.id();
    let mut status = match state {
        State::Met => json!({ "state": "satisfied", "reason": "pass" }),
        State::Partial | State::NotMet => json!({ "state": "not-satisfied", "reason": "fail" }),
        State::NotAutomatable => json!({ "state": "not-satisfied", "reason": "other" }),
    };
    if *state == State::NotAutomatable
        && let Some(members) = status.as_object_mut()
    {
        members.insert("remarks".to_owned(), json!("No measurement can tell: a person assesses this item."));
    }
    let mut finding = json!({
        "uuid": identifier(at, &id),
        "title": format!("{} {}", item.number, item.name(Language::English)),
        "description": format!("{}: {}", item.framework.name(), state.name()),
        "target": { "type": "objective-id", "target-id": id, "status": status },
    });
    let related: Vec<Value> =
        item.controls.iter().map(|control| json!({ "observation-uuid": identifier(at, control.name()) })).collect();
    if let (false, Some(members)) = (related.is_empty(), finding.as_object_mut()) {
        members.insert("related-observations".to_owned(), Value::Array(related));
    }
    finding
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": value })
}

/// The identifier of a part of the document of one moment: every document of that moment has the same.
fn identifier(at: Timestamp, what: &str) -> String {
    let hash = digest(&SHA256, format!("{at} {what}").as_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *byte = *from;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_what_is_met_is_satisfied() {
        let measure = |control: Control| (control, Measure::exists(u64::from(control != Control::Checks)));
        let measures = Control::ALL.map(measure).into_iter().collect();
        let assessment = Assessment::judged(Timestamp::from_millis(1), 9, measures);
        let document = document(&assessment, ToOwned::to_owned);
        let findings = document["assessment-results"]["results"][0]["findings"].as_array().expect("findings");
        assert_eq!(findings.len(), assessment.items.len());
        for (finding, judged) in findings.iter().zip(&assessment.items) {
            let satisfied = finding["target"]["status"]["state"] == "satisfied";
            assert_eq!(satisfied, judged.state == State::Met, "{finding}");
            assert!(Uuid::parse_str(finding["uuid"].as_str().expect("an identifier")).is_ok());
        }
    }
}
