//! Which attributes of a resource are returned: `attributes` and `excludedAttributes` (RFC 7644, 3.9).

use serde_json::{Map, Value};

use super::path::Path;
use super::schema::ResourceType;

/// What is always returned.
const ALWAYS: [&str; 2] = ["schemas", "id"];

/// Which attributes are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    pub(crate) only: Vec<String>,
    pub(crate) without: Vec<String>,
}

impl Projection {
    /// Whether an attribute of the resource itself is returned, for what costs something to find.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        let named = |names: &[String]| {
            names.iter().any(|name| name.split('.').next().is_some_and(|name| name.eq_ignore_ascii_case(attribute)))
        };
        let is_whole = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(attribute));
        (self.only.is_empty() || named(&self.only)) && !is_whole(&self.without)
    }

    /// The attributes that are asked for. A name that is no attribute is ignored.
    pub(crate) fn of(&self, of: &'static ResourceType, resource: Value) -> Value {
        let Value::Object(mut fields) = resource else { return resource };
        if !self.only.is_empty() {
            let mut kept = Map::new();
            for path in paths(of, &self.only) {
                keep(&fields, &mut kept, &path);
            }
            for name in ALWAYS {
                if let Some(value) = fields.remove(name) {
                    kept.insert(name.to_owned(), value);
                }
            }
            return Value::Object(kept);
        }
        for path in paths(of, &self.without) {
            drop(remove(&mut fields, &path));
        }
        Value::Object(fields)
    }
}

fn paths(of: &'static ResourceType, names: &[String]) -> Vec<Path> {
    names.iter().filter_map(|name| Path::read(of, name.trim()).ok()).collect()
}

fn keep(from: &Map<String, Value>, to: &mut Map<String, Value>, path: &Path) {
    let (from, to) = match path.extension {
        None => (from, to),
        Some(schema) => {
            let Some(Value::Object(from)) = from.get(schema) else { return };
            let to = to.entry(schema).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(to) = to else { return };
            (from, to)
        }
    };
    let Some(attribute) = path.attribute else {
        to.extend(from.iter().map(|(name, value)| (name.clone(), value.clone())));
        return;
    };
    let Some(value) = from.get(attribute.name) else { return };
    let kept = match (path.part, to.get_mut(attribute.name)) {
        (None, _) => value.clone(),
        (Some(part), None) => only_part(value, part.name),
        (Some(part), Some(before)) => {
            add_part(before, value, part.name);
            return;
        }
    };
    to.insert(attribute.name.to_owned(), kept);
}

fn only_part(value: &Value, part: &str) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| only_part(value, part)).collect(),
        _ => Value::Object(value.get(part).map(|found| (part.to_owned(), found.clone())).into_iter().collect()),
    }
}

fn add_part(kept: &mut Value, value: &Value, part: &str) {
    match (kept, value) {
        (Value::Array(kept), Value::Array(values)) => {
            kept.iter_mut().zip(values).for_each(|(kept, value)| add_part(kept, value, part));
        }
        (Value::Object(kept), _) => {
            if let Some(found) = value.get(part) {
                kept.insert(part.to_owned(), found.clone());
            }
        }
        _ => {}
    }
}

fn remove(fields: &mut Map<String, Value>, path: &Path) -> Option<Value> {
    let holder = match path.extension {
        None => fields,
        Some(schema) if path.attribute.is_none() => return fields.remove(schema),
        Some(schema) => fields.get_mut(schema)?.as_object_mut()?,
    };
    let attribute = path.attribute.filter(|attribute| !ALWAYS.contains(&attribute.name))?;
    let Some(part) = path.part else { return holder.remove(attribute.name) };
    match holder.get_mut(attribute.name)? {
        Value::Array(values) => {
            for value in values {
                value.as_object_mut().and_then(|value| value.remove(part.name));
            }
            None
        }
        value => value.as_object_mut()?.remove(part.name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::USERS;
    use super::*;

    fn shown(only: &[&str], without: &[&str]) -> Value {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let projection = Projection { only: owned(only), without: owned(without) };
        let resource = json!({
            "schemas": ["s"], "id": "1", "userName": "a", "title": "t", "name": {"givenName": "g", "familyName": "f"},
            "emails": [{"value": "x", "type": "work"}],
        });
        projection.of(USERS, resource)
    }

    #[test]
    fn only_what_is_asked_for_is_shown_and_the_identifier() {
        assert_eq!(shown(&["USERNAME", "none"], &[]), json!({"schemas": ["s"], "id": "1", "userName": "a"}));
        let parts = shown(&["name.givenName", "emails.value", "emails.type"], &[]);
        assert_eq!(parts["name"], json!({"givenName": "g"}));
        assert_eq!(parts["emails"], json!([{"value": "x", "type": "work"}]));
        let without = shown(&[], &["id", "title", "emails", "name.givenName"]);
        assert_eq!(without, json!({"schemas": ["s"], "id": "1", "userName": "a", "name": {"familyName": "f"}}));
    }
}
