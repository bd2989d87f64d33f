//! Which labels a resource carries, and what that makes of it: an assessment of its sensitivity.

use std::collections::BTreeMap;

use sekisho_capability::{ChangeError, Services};
use sekisho_model::documents::{Assessment, AssessmentTarget, FactValue, Kind, Label};
use sekisho_model::{Name, ResourceId, Span, Timestamp};
use sekisho_store::{Expected, Write};
use serde_json::Value;

use crate::data_scan::{DataScan, KindFound};
use crate::scans::{read_all, short_hash};

/// The source that the assessments name.
const SOURCE: &str = "classification";
/// How long an assessment counts. It is renewed when half of that is over.
const COUNTS: Span = Span::from_seconds(2 * 365 * 24 * 3600);
const RENEWED: Span = Span::from_seconds(365 * 24 * 3600);

/// What a resource carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labelled {
    /// The labels, in order.
    pub labels: Vec<Name>,
    /// How sensitive the most sensitive of them makes it.
    pub sensitivity: u8,
    /// Why, for people.
    pub why: String,
}

/// The most labels that a label belongs to through others. Those beyond do not count.
const DEPTH: usize = 16;

/// How sensitive data with this label is: as its own document and those of the labels that it belongs to say, whichever is most.
#[must_use]
pub fn sensitivity(label: &Label, all: &[Label]) -> u8 {
    let parent = |label: &&Label| all.iter().find(|one| Some(&one.id) == label.parent.as_ref());
    let chain = std::iter::successors(all.iter().find(|one| one.id == label.id), |label| parent(label)).take(DEPTH);
    chain.map(|label| label.sensitivity).fold(label.sensitivity, u8::max)
}

/// What each resource carries, by rule and by scan.
#[must_use]
pub fn labelled(labels: &[Label], scans: &[DataScan]) -> BTreeMap<ResourceId, Labelled> {
    let mut all: BTreeMap<ResourceId, Labelled> = BTreeMap::new();
    for label in labels {
        let sensitivity = sensitivity(label, labels);
        let by_rule = label.resources.iter().map(|resource| (resource, "by rule".to_owned()));
        let by_scan = scans.iter().filter_map(|scan| Some((&scan.resource, fits(label, scan)?)));
        for (resource, why) in by_rule.chain(by_scan) {
            let labelled = all.entry(resource.clone()).or_default();
            if labelled.labels.is_empty() || sensitivity > labelled.sensitivity {
                labelled.sensitivity = sensitivity;
                labelled.why = format!("label {}: {why}", label.id);
            }
            if !labelled.labels.contains(&label.id) {
                labelled.labels.push(label.id.clone());
            }
        }
    }
    all
}

/// Why a scan gives a label; `None` when it does not.
fn fits(label: &Label, scan: &DataScan) -> Option<String> {
    let enough = |found: &&_| is_enough(label, found);
    let found = scan.found.iter().find(enough)?;
    Some(format!("{} × {} in {}", found.count, found.kind, scan.source))
}

fn is_enough(label: &Label, found: &KindFound) -> bool {
    found.count >= label.at_least && label.finds.contains(&found.kind)
}

/// The identifier of the assessment of a resource.
pub(crate) fn assessment_id(resource: &ResourceId) -> String {
    format!("{SOURCE}-{}", short_hash(resource.as_str()))
}

/// The assessment that makes a resource as sensitive as its labels say.
pub(crate) fn assessments(resource: &ResourceId, labelled: &Labelled, now: Timestamp) -> Option<Value> {
    let assessment = Assessment {
        id: assessment_id(resource).parse().ok()?,
        about: AssessmentTarget::Resource(resource.clone()),
        slot: "sensitivity".to_owned(),
        value: FactValue::Number(labelled.sensitivity.into()),
        until: now.plus(COUNTS),
        source: SOURCE.to_owned(),
        why: labelled.why.clone(),
    };
    serde_json::to_value(assessment).ok()
}

/// Brings the assessments to what labels and scans say now. Returns how many were written.
///
/// # Errors
/// When the store fails.
pub async fn relabel(services: &Services) -> Result<usize, ChangeError> {
    let (store, now) = (&services.store, services.clock.now());
    let labels: Vec<Label> = read_all(store, Kind::Label).await?;
    let scans: Vec<DataScan> = read_all(store, Kind::DataScan).await?;
    let assessed: Vec<Assessment> = read_all(store, Kind::Assessment).await?;
    let mut assessed: BTreeMap<String, Assessment> = assessed
        .into_iter()
        .filter(|assessment| assessment.source == SOURCE)
        .map(|assessment| (assessment.id.to_string(), assessment))
        .collect();
    let mut writes = Vec::new();
    for (resource, labelled) in labelled(&labels, &scans) {
        let id = assessment_id(&resource);
        let is_same = assessed.remove(&id).is_some_and(|old| {
            let is_value = old.value == FactValue::Number(labelled.sensitivity.into()) && old.why == labelled.why;
            is_value && old.until > now.plus(RENEWED)
        });
        if let Some(body) = assessments(&resource, &labelled, now).filter(|_| !is_same) {
            writes.push(Write::Put { kind: Kind::Assessment, id, expected: Expected::Any, body });
        }
    }
    let gone = assessed.into_keys();
    writes.extend(gone.map(|id| Write::Delete { kind: Kind::Assessment, id, expected: Expected::Any }));
    let count = writes.len();
    if count > 0 {
        services.changes.maintain(writes, now).await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn label(id: &str, body: Value) -> Label {
        let mut whole = json!({ "id": id, "name": { "en": id } });
        whole.as_object_mut().into_iter().zip(body.as_object()).for_each(|(whole, body)| whole.extend(body.clone()));
        serde_json::from_value(whole).expect("a label")
    }

    #[test]
    fn a_label_is_as_sensitive_as_what_it_belongs_to() {
        let all = [
            label("personal", json!({ "parent": "company", "sensitivity": 2 })),
            label("payroll", json!({ "parent": "personal", "sensitivity": 1 })),
            label("company", json!({ "sensitivity": 3 })),
        ];
        assert_eq!(all.iter().map(|label| sensitivity(label, &all)).collect::<Vec<_>>(), [3, 3, 3]);
        // A circle ends, and a parent that is not there adds nothing.
        let circle = [
            label("a", json!({ "parent": "b", "sensitivity": 1 })),
            label("b", json!({ "parent": "a", "sensitivity": 2 })),
            label("c", json!({ "parent": "gone", "sensitivity": 1 })),
        ];
        assert_eq!(circle.iter().map(|label| sensitivity(label, &circle)).collect::<Vec<_>>(), [2, 2, 1]);
    }

    fn scan(resource: &str, count: u32) -> DataScan {
        let found = json!([{ "kind": "my-number", "count": count, "evidence": [] }]);
        let scan = json!({ "resource": resource, "source": "a.csv", "at": Timestamp::from_millis(0), "bytes": 1, "found": found });
        serde_json::from_value(scan).expect("a scan")
    }

    #[test]
    fn a_resource_carries_labels_by_rule_and_by_scan_and_the_most_sensitive_counts() {
        let labels = [
            label("internal", json!({ "sensitivity": 2, "resources": ["wiki"] })),
            label("personal", json!({ "sensitivity": 4, "finds": ["my-number"], "at_least": 3 })),
        ];
        let all = labelled(&labels, &[scan("wiki", 3), scan("board", 2)]);
        let wiki = all.get(&"wiki".parse().expect("a name")).expect("labelled");
        assert_eq!((wiki.labels.len(), wiki.sensitivity), (2, 4));
        assert_eq!(wiki.why, "label personal: 3 × my-number in a.csv");
        assert_eq!(all.len(), 1, "two values are too few for a label that asks for three");
    }
}
