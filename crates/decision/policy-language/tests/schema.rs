//! The schema and the slots of facts are one vocabulary.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use sekisho_model::Action;
use sekisho_model::facts::{ContextSlot, EntityType, Slot, SlotKind};
use sekisho_policy_language::schema;
use serde_json::Value;

fn schema_json() -> Value {
    let (fragment, _) = cedar_policy::SchemaFragment::from_cedarschema_str(schema::TEXT).unwrap();
    fragment.to_json_value().unwrap()["Sekisho"].clone()
}

/// The slot kind that a type of the schema stands for; `None` for a record.
fn kind_of(kind: &Value) -> Option<SlotKind> {
    let name = kind["name"].as_str().or_else(|| kind["type"].as_str()).unwrap();
    Some(match name.trim_start_matches("__cedar::").trim_start_matches("Sekisho::") {
        "Bool" | "Boolean" => SlotKind::Bool,
        "Long" => SlotKind::Long,
        "String" => SlotKind::String,
        "datetime" => SlotKind::Datetime,
        "duration" => SlotKind::Duration,
        "ipaddr" => SlotKind::Ip,
        "User" => SlotKind::Entity(EntityType::User),
        "Device" => SlotKind::Entity(EntityType::Device),
        "Set" => match kind_of(&kind["element"]) {
            Some(SlotKind::String) => SlotKind::SetOfString,
            other => panic!("a set of {other:?}"),
        },
        _ => return None,
    })
}

#[test]
fn every_entity_attribute_has_its_slot() {
    let schema = schema_json();
    for kind in EntityType::ALL {
        if kind == EntityType::Action {
            continue;
        }
        let name = kind.name().trim_start_matches("Sekisho::");
        let shape = &schema["entityTypes"][name]["shape"]["attributes"];
        let mut in_schema: Vec<(String, Option<SlotKind>, bool)> = shape
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, of)| (name.clone(), kind_of(of), of["required"].as_bool().unwrap_or(true)))
            .collect();
        let mut in_facts: Vec<(String, Option<SlotKind>, bool)> = Slot::of_type(kind)
            .iter()
            .map(|slot| (slot.path().to_owned(), Some(slot.kind()), slot.is_required()))
            .collect();
        in_schema.sort_by(|a, b| a.0.cmp(&b.0));
        in_facts.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(in_schema, in_facts, "{name}");
    }
}

#[test]
fn every_context_attribute_has_its_slot() {
    fn walk(schema: &Value, record: &Value, path: &str, required: bool, found: &mut Vec<(String, SlotKind, bool)>) {
        for (name, of) in record["attributes"].as_object().unwrap() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let required = required && of["required"].as_bool().unwrap_or(true);
            match kind_of(of) {
                Some(kind) => found.push((path, kind, required)),
                None if of["attributes"].is_object() => walk(schema, of, &path, required, found),
                None => {
                    let name = of["name"].as_str().or_else(|| of["type"].as_str()).unwrap();
                    let named = &schema["commonTypes"][name.trim_start_matches("Sekisho::")];
                    walk(schema, named, &path, required, found);
                }
            }
        }
    }
    let schema = schema_json();
    let mut in_schema = Vec::new();
    walk(&schema, &schema["commonTypes"]["Context"], "", true, &mut in_schema);
    let mut in_facts: Vec<_> =
        ContextSlot::ALL.iter().map(|slot| (slot.path().to_owned(), slot.kind(), slot.is_required())).collect();
    in_schema.sort_by(|a, b| a.0.cmp(&b.0));
    in_facts.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(in_schema, in_facts);
}

#[test]
fn every_action_is_in_its_groups() {
    let schema = schema_json();
    let mut in_schema: Vec<(String, bool)> = schema["actions"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "use")
        .map(|(name, of)| (name.clone(), of["memberOf"].as_array().is_some_and(|groups| !groups.is_empty())))
        .collect();
    let mut in_model: Vec<_> = Action::ALL.iter().map(|a| (a.name().to_owned(), a.is_use())).collect();
    in_schema.sort();
    in_model.sort();
    assert_eq!(in_schema, in_model);
}
