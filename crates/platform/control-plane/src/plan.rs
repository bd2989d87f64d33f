//! Plan, then execute: what has to change so that the documents are as an administrator wants them.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_model::PolicyId;
use sekisho_model::documents::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protected::is_needed;
use crate::{Desired, DocumentProblem, Impact, UnknownName};

/// The group that administers Sekisho.
pub const ADMINISTRATORS: &str = "administrators";

/// A document as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Its revision.
    pub revision: u64,
    /// Its body.
    pub body: Value,
}

/// The documents as they are now.
pub type CurrentDocuments = BTreeMap<(Kind, String), Current>;

/// What has to change, in the order in which it is shown. Immutable: executing it leaves no choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The steps. Empty means that everything is as wanted.
    pub steps: Vec<Step>,
    /// How many documents are as wanted.
    pub unchanged: usize,
    /// The names that the documents write out and nobody has: no fault, but often a misspelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_names: Vec<UnknownName>,
    /// What is valid in its policies and probably not meant, each with its file and line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Its permits that name no resource, and so open every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opening: Vec<PolicyId>,
    /// What it would do to people.
    #[serde(default)]
    pub impact: Impact,
}

/// One document that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What happens.
    pub change: StepChange,
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub id: String,
    /// The top-level fields that differ, for a document that is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The revision that the plan was made against.
    pub expected: Option<u64>,
    /// The body it gets; absent when it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl Step {
    /// The removal of a document at a revision.
    pub(crate) fn removal(kind: Kind, id: &str, revision: u64) -> Self {
        let (change, id, expected) = (StepChange::Remove, id.to_owned(), Some(revision));
        Self { change, kind, id, fields: Vec::new(), expected, body: None }
    }
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepChange {
    /// It is made.
    Create,
    /// It is replaced.
    Update,
    /// It is removed.
    Remove,
}

impl Plan {
    /// The plan that leads from the current documents to the desired ones.
    ///
    /// With `prune`, administered documents that are not desired are removed, of the kinds that are desired at all
    /// and never the settings, nor what the platform needs to be administered: the resource and the policy of the console, the
    /// resources of the platform's parts, the shipped roles, the group `administrators` and who is directly in it. Without `prune` all of them stay.
    ///
    /// # Errors
    /// Every problem of every document: a half-valid input is refused whole.
    pub fn make(current: &CurrentDocuments, desired: &[Desired], prune: bool) -> Result<Self, Vec<DocumentProblem>> {
        let (mut plan, mut problems, mut seen) = (Self::default(), Vec::new(), BTreeSet::new());
        for document in desired {
            if !seen.insert((document.kind, document.id.clone())) {
                problems.push(document.problem("it is written twice: keep one".to_owned()));
                continue;
            }
            match document.normal_body() {
                Ok(body) => plan.add(current, document, body),
                Err(problem) => problems.push(problem),
            }
        }
        if prune {
            plan.remove_others(current, &seen);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(plan)
    }

    /// The documents that it removes.
    #[must_use]
    pub fn removed(&self) -> BTreeSet<(Kind, String)> {
        let removed = self.steps.iter().filter(|step| step.change == StepChange::Remove);
        removed.map(|step| (step.kind, step.id.clone())).collect()
    }

    fn add(&mut self, current: &CurrentDocuments, document: &Desired, mut body: Value) {
        let now = current.get(&(document.kind, document.id.clone()));
        if let Some(now) = now {
            keep_status(document, &now.body, &mut body);
            keep_enrolment(document.kind, &now.body, &mut body);
            keep_credentials(document, &now.body, &mut body);
        }
        let (change, fields) = match now {
            None => (StepChange::Create, Vec::new()),
            Some(now) if now.body == body => {
                self.unchanged += 1;
                return;
            }
            Some(now) => (StepChange::Update, differing_fields(&now.body, &body)),
        };
        let (kind, id) = (document.kind, document.id.clone());
        self.steps.push(Step { change, kind, id, fields, expected: now.map(|now| now.revision), body: Some(body) });
    }

    fn remove_others(&mut self, current: &CurrentDocuments, wanted: &BTreeSet<(Kind, String)>) {
        let kinds: BTreeSet<Kind> = wanted.iter().map(|(kind, _)| *kind).collect();
        for ((kind, id), now) in current {
            let governed = kinds.contains(kind) && kind.is_applied() && *kind != Kind::Settings;
            let kept = is_administration(*kind, id, &now.body);
            if governed && !kept && !wanted.contains(&(*kind, id.clone())) {
                self.steps.push(Step::removal(*kind, id, now.revision));
            }
        }
    }
}

/// What was disabled or revoked stays so until it is written otherwise: a file that says nothing of it does not undo it.
fn keep_status(document: &Desired, now: &Value, body: &mut Value) {
    let (Some(status), Some(fields)) = (now.get("status"), body.as_object_mut()) else { return };
    if document.body.get("status").is_none() {
        fields.insert("status".to_owned(), status.clone());
    }
}

/// What the platform needs to be administered: without it nobody could undo a mistake.
fn is_administration(kind: Kind, id: &str, body: &Value) -> bool {
    let groups = body.get("groups").and_then(Value::as_array).into_iter().flatten();
    match kind {
        Kind::User => groups.filter_map(Value::as_str).any(|group| group == ADMINISTRATORS),
        _ => is_needed(kind, id),
    }
}

/// A device's key comes from its enrolment, not from a file: applying a file must not undo it.
fn keep_enrolment(kind: Kind, now: &Value, body: &mut Value) {
    if kind != Kind::Device {
        return;
    }
    let Some(fields) = body.as_object_mut() else { return };
    for field in ["key_sha256", "public_key", "enrolled_at"] {
        if let (false, Some(value)) = (fields.contains_key(field), now.get(field)) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    // A revocation is lifted by hand, never by the absence of a field.
    if now.get("status").and_then(Value::as_str) == Some("revoked") {
        fields.insert("status".to_owned(), Value::from("revoked"));
    }
}

/// An enforcement point's keys and tokens are made by command: applying a file that says nothing of them keeps them.
fn keep_credentials(document: &Desired, now: &Value, body: &mut Value) {
    let (Kind::EnforcementPoint, Some(fields)) = (document.kind, body.as_object_mut()) else { return };
    for field in ["keys", "tokens"] {
        if let (None, Some(value)) = (document.body.get(field), now.get(field)) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
}

fn differing_fields(old: &Value, new: &Value) -> Vec<String> {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return Vec::new() };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use sekisho_capability::{CONSOLE, Part};

    use super::*;
    use crate::{CONSOLE_POLICY, ROLES_POLICY};
    use serde_json::json;

    fn user(id: &str, name: &str) -> Desired {
        Desired { kind: Kind::User, id: id.to_owned(), body: json!({"id": id, "name": name}), origin: "-".to_owned() }
    }

    fn after(current: &CurrentDocuments, plan: &Plan) -> CurrentDocuments {
        let mut next = current.clone();
        for step in &plan.steps {
            match &step.body {
                Some(body) => next.insert((step.kind, step.id.clone()), Current { revision: 9, body: body.clone() }),
                None => next.remove(&(step.kind, step.id.clone())),
            };
        }
        next
    }

    #[test]
    fn a_plan_is_idempotent() {
        let desired = [user("alice", "Alice"), user("bob", "Bob")];
        let plan = Plan::make(&CurrentDocuments::new(), &desired, false).expect("a plan");
        assert_eq!(plan.steps.len(), 2);
        let next = after(&CurrentDocuments::new(), &plan);
        let again = Plan::make(&next, &desired, true).expect("a plan");
        assert_eq!((again.steps.len(), again.unchanged), (0, 2));
    }

    #[test]
    fn a_plan_names_the_fields_and_removes_only_when_asked() {
        let first = Plan::make(&CurrentDocuments::new(), &[user("alice", "Alice"), user("bob", "Bob")], false);
        let current = after(&CurrentDocuments::new(), &first.expect("a plan"));
        let kept = Plan::make(&current, &[user("alice", "Alicia")], false).expect("a plan");
        assert_eq!(kept.steps.len(), 1);
        assert_eq!(kept.steps[0].fields, ["name"]);
        let pruned = Plan::make(&current, &[user("alice", "Alicia")], true).expect("a plan");
        assert_eq!(pruned.steps[1].change, StepChange::Remove);
        assert_eq!(pruned.steps[1].id, "bob");
    }

    #[test]
    fn a_file_that_says_nothing_of_it_does_not_enable_an_account() {
        let disabled =
            Desired { body: json!({"id": "alice", "name": "A", "status": "disabled"}), ..user("alice", "A") };
        let current =
            after(&CurrentDocuments::new(), &Plan::make(&CurrentDocuments::new(), &[disabled], false).expect("a plan"));
        let silent = Plan::make(&current, &[user("alice", "A")], false).expect("a plan");
        assert_eq!((silent.steps.len(), silent.unchanged), (0, 1));
        let written = Desired { body: json!({"id": "alice", "name": "A", "status": "active"}), ..user("alice", "A") };
        let enabled = Plan::make(&current, &[written], false).expect("a plan");
        assert_eq!(enabled.steps[0].fields, ["status"]);
    }

    #[test]
    fn a_file_that_says_nothing_of_them_keeps_keys_and_tokens() {
        let point =
            |body| Desired { kind: Kind::EnforcementPoint, id: "edge".to_owned(), body, origin: "-".to_owned() };
        let made = point(json!({"id": "edge", "speaks": "nginx", "tokens": ["a".repeat(64)]}));
        let current =
            after(&CurrentDocuments::new(), &Plan::make(&CurrentDocuments::new(), &[made], false).expect("a plan"));
        let silent = point(json!({"id": "edge", "speaks": "nginx"}));
        let kept = Plan::make(&current, &[silent], false).expect("a plan");
        assert_eq!((kept.steps.len(), kept.unchanged), (0, 1));
        let none = point(json!({"id": "edge", "speaks": "nginx", "tokens": []}));
        assert_eq!(Plan::make(&current, &[none], false).expect("a plan").steps[0].fields, ["tokens"]);
    }

    #[test]
    fn pruning_leaves_somebody_who_can_administer() {
        let admin =
            Desired { body: json!({"id": "admin", "name": "A", "groups": [ADMINISTRATORS]}), ..user("admin", "A") };
        let first = Plan::make(&CurrentDocuments::new(), &[admin, user("bob", "Bob")], false).expect("a plan");
        let current = after(&CurrentDocuments::new(), &first);
        let pruned = Plan::make(&current, &[user("alice", "Alice")], true).expect("a plan");
        let removed: Vec<&str> =
            pruned.steps.iter().filter(|step| step.change == StepChange::Remove).map(|step| step.id.as_str()).collect();
        assert_eq!(removed, ["bob"]);
    }

    #[test]
    fn pruning_leaves_console_parts_roles_and_the_group_of_administrators() {
        let document = |kind, id: &str, body| ((kind, id.to_owned()), Current { revision: 1, body });
        let name = json!({"en": "R"});
        let mut current = CurrentDocuments::from([
            document(Kind::Group, ADMINISTRATORS, json!({"id": ADMINISTRATORS, "name": "A"})),
            document(Kind::Group, "old", json!({"id": "old", "name": "O"})),
            document(Kind::Policy, ROLES_POLICY, json!({"text": ""})),
            document(Kind::Resource, CONSOLE, json!({"id": CONSOLE, "name": name})),
            document(Kind::Resource, "old", json!({"id": "old", "name": name})),
            document(Kind::Policy, CONSOLE_POLICY, json!({"text": ""})),
            document(Kind::Policy, "old", json!({"text": ""})),
        ]);
        current.extend(Part::ALL.map(|part| {
            let body = json!({"id": part.resource(), "name": name});
            document(Kind::Resource, part.resource(), body)
        }));
        let wanted = |kind, id: &str, body| Desired { kind, id: id.to_owned(), body, origin: "-".to_owned() };
        let desired = [
            wanted(Kind::Resource, "wiki", json!({"id": "wiki", "name": name})),
            wanted(Kind::Policy, "wiki", json!({"text": ""})),
            wanted(Kind::Group, "staff", json!({"id": "staff", "name": "S"})),
        ];
        let plan = Plan::make(&current, &desired, true).expect("a plan");
        let removed: Vec<(Kind, String)> = plan.removed().into_iter().collect();
        let old = [Kind::Group, Kind::Resource, Kind::Policy].map(|kind| (kind, "old".to_owned()));
        assert_eq!(removed, old);
    }

    #[test]
    fn half_valid_input_is_refused_whole() {
        let bad = Desired { body: json!({"id": "eve", "nmae": "Eve"}), ..user("eve", "Eve") };
        let problems = Plan::make(&CurrentDocuments::new(), &[user("alice", "A"), bad, user("alice", "B")], false);
        assert_eq!(problems.expect_err("two problems").len(), 2);
    }

    #[test]
    fn a_file_does_not_undo_an_enrolment_or_a_revocation() {
        let body = json!({"id": "laptop", "name": "L", "ownership": "personal", "platform": "linux", "managed": false,
            "status": "revoked", "key_sha256": "ab", "public_key": "cd", "enrolled_at": 1});
        let current = CurrentDocuments::from([((Kind::Device, "laptop".to_owned()), Current { revision: 1, body })]);
        let wanted = json!({"id": "laptop", "name": "New", "platform": "linux"});
        let desired = Desired { kind: Kind::Device, id: "laptop".to_owned(), body: wanted, origin: "-".to_owned() };
        let plan = Plan::make(&current, &[desired], false).expect("a plan");
        let body = plan.steps[0].body.clone().expect("a body");
        assert_eq!((body["key_sha256"].as_str(), body["status"].as_str()), (Some("ab"), Some("revoked")));
        assert_eq!(plan.steps[0].fields, ["name"]);
    }
}
