//! PATCH (RFC 7644, 3.5.2): operations on the attributes that are kept. The result is checked as a whole body is.

use serde_json::{Map, Value};

use super::error::ScimError;
use super::path::Path;
use super::schema::{Attribute, Mutability, ResourceType};

/// The most operations of one request.
const MOST_OPERATIONS: usize = 1_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Replace,
    Remove,
}

/// Carries out the operations of a body, all of them or none.
pub(crate) fn patch(
    of: &'static ResourceType,
    attributes: &Map<String, Value>,
    body: &Map<String, Value>,
) -> Result<Map<String, Value>, ScimError> {
    let operations = field(body, "Operations").and_then(Value::as_array);
    let operations = operations.filter(|all| !all.is_empty() && all.len() <= MOST_OPERATIONS);
    let wrong =
        || ScimError::wrong("invalidSyntax", format_args!("`Operations` lists 1 to {MOST_OPERATIONS} operations"));
    let mut patched = attributes.clone();
    for operation in operations.ok_or_else(wrong)? {
        let fields = operation.as_object().ok_or_else(wrong)?;
        apply(of, &mut patched, fields)?;
    }
    Ok(patched)
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn apply(
    of: &'static ResourceType,
    all: &mut Map<String, Value>,
    fields: &Map<String, Value>,
) -> Result<(), ScimError> {
    let operation = match field(fields, "op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Operation::Add,
        Some("replace") => Operation::Replace,
        Some("remove") => Operation::Remove,
        _ => return Err(ScimError::wrong("invalidSyntax", "`op` is `add`, `replace` or `remove`")),
    };
    let value = field(fields, "value").unwrap_or(&Value::Null);
    match field(fields, "path").filter(|path| !path.is_null()) {
        Some(Value::String(path)) => at(&Path::read(of, path)?, all, operation, value),
        Some(_) => Err(ScimError::wrong("invalidPath", "`path` is a text")),
        None if operation == Operation::Remove => Err(ScimError::wrong("noTarget", "`remove` needs a `path`")),
        None => {
            let values =
                value.as_object().ok_or_else(|| ScimError::value("`value` is an object where there is no `path`"))?;
            values.iter().try_for_each(|(name, value)| named(of, all, operation, name, value))
        }
    }
}

/// An attribute that an operation without a path names. What this server does not keep, and what it alone sets, is left out.
fn named(
    of: &'static ResourceType,
    all: &mut Map<String, Value>,
    operation: Operation,
    name: &str,
    value: &Value,
) -> Result<(), ScimError> {
    let Ok(path) = Path::read(of, name) else { return Ok(()) };
    match (path.attribute, value) {
        (None, Value::Object(fields)) => {
            fields.iter().try_for_each(|(field, value)| named(of, all, operation, &format!("{name}:{field}"), value))
        }
        (Some(attribute), _) if attribute.mutability == Mutability::ReadOnly => Ok(()),
        _ => at(&path, all, operation, value),
    }
}

fn at(path: &Path, all: &mut Map<String, Value>, operation: Operation, value: &Value) -> Result<(), ScimError> {
    if let Some(target) = path.target()
        && (target.mutability == Mutability::ReadOnly || path.attribute.is_some_and(is_read_only))
    {
        return Err(ScimError::wrong("mutability", format_args!("`{}` is read-only", target.name)));
    }
    let Some(attribute) = path.attribute else {
        let schema = path.extension.unwrap_or_default();
        set(all, schema, operation, value);
        return Ok(());
    };
    let holder = match path.extension {
        None => all,
        Some(schema) => match all.entry(schema).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(fields) => fields,
            other => {
                *other = Value::Object(Map::new());
                return at(path, all, operation, value);
            }
        },
    };
    if attribute.is_many {
        many(path, attribute, holder, operation, value)
    } else {
        one(path, attribute, holder, operation, value)
    }
}

fn is_read_only(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::ReadOnly
}

/// Sets, merges or removes one field.
fn set(holder: &mut Map<String, Value>, name: &str, operation: Operation, value: &Value) {
    if operation == Operation::Remove {
        holder.remove(name);
        return;
    }
    match (holder.get_mut(name), value) {
        (Some(Value::Object(before)), Value::Object(fields)) => {
            for (field, value) in fields {
                put(before, field, value);
            }
        }
        _ => {
            holder.insert(name.to_owned(), value.clone());
        }
    }
}

/// Sets a field under the spelling that it has already.
fn put(holder: &mut Map<String, Value>, name: &str, value: &Value) {
    let known = holder.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    holder.insert(known.unwrap_or_else(|| name.to_owned()), value.clone());
}

fn one(
    path: &Path,
    attribute: &Attribute,
    holder: &mut Map<String, Value>,
    operation: Operation,
    value: &Value,
) -> Result<(), ScimError> {
    if path.filter.is_some() {
        return Err(ScimError::wrong("invalidPath", format_args!("`{}` has one value", attribute.name)));
    }
    let Some(part) = path.part else {
        set(holder, attribute.name, operation, value);
        return Ok(());
    };
    if operation != Operation::Remove && !holder.get(attribute.name).is_some_and(Value::is_object) {
        holder.insert(attribute.name.to_owned(), Value::Object(Map::new()));
    }
    if let Some(Value::Object(fields)) = holder.get_mut(attribute.name) {
        set(fields, part.name, operation, value);
    }
    Ok(())
}

fn many(
    path: &Path,
    attribute: &Attribute,
    holder: &mut Map<String, Value>,
    operation: Operation,
    value: &Value,
) -> Result<(), ScimError> {
    let mut values = match holder.remove(attribute.name) {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    match (&path.filter, path.part) {
        (None, None) => whole(&mut values, operation, value),
        _ => some(path, attribute, &mut values, operation, value)?,
    }
    if !values.is_empty() {
        holder.insert(attribute.name.to_owned(), Value::Array(values));
    }
    Ok(())
}

/// All values of an attribute.
fn whole(values: &mut Vec<Value>, operation: Operation, value: &Value) {
    let given: Vec<Value> = match value {
        Value::Null => Vec::new(),
        Value::Array(given) => given.clone(),
        one => vec![one.clone()],
    };
    match operation {
        Operation::Replace => *values = given,
        // Some identity providers name the values that go, instead of filtering them.
        Operation::Remove if !given.is_empty() => {
            values.retain(|value| !given.iter().any(|other| is_same(value, other)))
        }
        Operation::Remove => values.clear(),
        Operation::Add => {
            for value in given {
                if value.get("primary") == Some(&Value::Bool(true)) {
                    drop_primary(values);
                }
                if !values.iter().any(|other| is_same(other, &value)) {
                    values.push(value);
                }
            }
        }
    }
}

/// The values of an attribute that a filter chooses, or a part of every value.
fn some(
    path: &Path,
    attribute: &Attribute,
    values: &mut Vec<Value>,
    operation: Operation,
    value: &Value,
) -> Result<(), ScimError> {
    let is_chosen = |value: &Value| path.filter.as_ref().is_none_or(|filter| filter.fits(value));
    if operation == Operation::Remove && path.part.is_none() {
        values.retain(|value| !is_chosen(value));
        return Ok(());
    }
    if operation != Operation::Remove && !values.iter().any(is_chosen) {
        // To add to a value that is not there makes it, so that it fits the filter; to replace it has no target.
        let made = path.filter.as_ref().and_then(|filter| filter.as_value());
        let (Some((name, wanted)), Operation::Add) = (made, operation) else {
            return Err(ScimError::wrong("noTarget", format_args!("no value of `{}` fits", attribute.name)));
        };
        values.push(Value::Object(Map::from_iter([(name.to_owned(), wanted.clone())])));
    }
    let becomes_primary = path.part.is_some_and(|part| part.name == "primary") && *value == Value::Bool(true);
    if becomes_primary {
        for other in values.iter_mut().filter(|value| !is_chosen(value)) {
            drop_primary(std::slice::from_mut(other));
        }
    }
    for chosen in values.iter_mut().filter(|value| is_chosen(value)) {
        let Value::Object(fields) = chosen else { continue };
        match (path.part, value) {
            (Some(part), _) => set(fields, part.name, operation, value),
            (None, Value::Object(given)) => given.iter().for_each(|(name, value)| put(fields, name, value)),
            (None, _) => put(fields, "value", value),
        }
    }
    Ok(())
}

fn drop_primary(values: &mut [Value]) {
    for value in values {
        if let Value::Object(fields) = value {
            fields.remove("primary");
        }
    }
}

/// Whether two values of an attribute are the same: by their part `value`, where they have one.
fn is_same(one: &Value, other: &Value) -> bool {
    let value = |of: &Value| of.get("value").cloned().unwrap_or_else(|| of.clone());
    value(one) == value(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::accept::accept;
    use super::super::schema::{GROUPS, USERS};
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn patched(of: &'static ResourceType, before: &Value, operations: &Value) -> Result<Value, ScimError> {
        let body = json!({ "schemas": [], "Operations": operations });
        let before = before.as_object().expect("an object");
        let after = patch(of, before, body.as_object().expect("an object"))?;
        accept(of, &after).map(Value::Object)
    }

    #[test]
    fn operations_change_what_they_name() {
        let before = json!({
            "userName": "alice", "title": "Boss", "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "h", "type": "home"}, {"value": "w", "type": "work", "primary": true}],
        });
        for (operation, pointer, expected) in [
            (json!({"op": "Replace", "path": "active", "value": "False"}), "/active", json!(false)),
            (json!({"op": "replace", "value": {"active": false, "id": "x"}}), "/active", json!(false)),
            (json!({"op": "remove", "path": "title"}), "/title", Value::Null),
            (
                json!({"op": "add", "path": "name.givenName", "value": "C"}),
                "/name",
                json!({"givenName": "C", "familyName": "B"}),
            ),
            (json!({"op": "replace", "value": {"name.givenName": "C"}}), "/name/givenName", json!("C")),
            (json!({"op": "remove", "path": "name"}), "/name", Value::Null),
            (
                json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x"}),
                "/emails/1/value",
                json!("x"),
            ),
            (
                json!({"op": "add", "path": "emails[type eq \"other\"].value", "value": "x"}),
                "/emails/2",
                json!({"type": "other", "value": "x"}),
            ),
            (json!({"op": "remove", "path": "emails[type eq \"home\"]"}), "/emails/0/value", json!("w")),
            (
                json!({"op": "add", "path": "emails", "value": [{"value": "n", "primary": true}]}),
                "/emails/1/primary",
                Value::Null,
            ),
            (json!({"op": "add", "path": "emails", "value": {"value": "w"}}), "/emails/2", Value::Null),
            (json!({"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "S"}), "/0", Value::Null),
        ] {
            let after =
                patched(USERS, &before, &json!([operation])).unwrap_or_else(|error| panic!("{operation}: {error:?}"));
            assert_eq!(after.pointer(pointer).cloned().unwrap_or_default(), expected, "{operation}");
        }
        let whole = json!([{"op": "add", "value": {ENTERPRISE: {"department": "S"}}}]);
        assert_eq!(patched(USERS, &before, &whole).expect("patched")[ENTERPRISE]["department"], "S");
    }

    #[test]
    fn members_are_added_and_removed_in_both_ways() {
        let before = json!({"displayName": "Sales", "members": [{"value": "a"}, {"value": "b"}]});
        for (operation, members) in [
            (
                json!({"op": "add", "path": "members", "value": [{"value": "b"}, {"value": "c"}]}),
                json!([{"value": "a"}, {"value": "b"}, {"value": "c"}]),
            ),
            (json!({"op": "remove", "path": "members[value eq \"a\"]"}), json!([{"value": "b"}])),
            (json!({"op": "remove", "path": "members", "value": [{"value": "b"}]}), json!([{"value": "a"}])),
            (json!({"op": "remove", "path": "members"}), Value::Null),
            (json!({"op": "replace", "path": "members", "value": [{"value": "z"}]}), json!([{"value": "z"}])),
        ] {
            let after = patched(GROUPS, &before, &json!([operation])).expect("patched");
            assert_eq!(after.get("members").cloned().unwrap_or_default(), members, "{operation}");
        }
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let before = json!({"userName": "alice", "emails": [{"value": "w", "type": "work"}]});
        for (operations, kind) in [
            (json!([]), "invalidSyntax"),
            (json!([{"op": "move", "path": "title"}]), "invalidSyntax"),
            (json!([{"op": "remove"}]), "noTarget"),
            (json!([{"op": "replace", "path": "id", "value": "x"}]), "mutability"),
            (json!([{"op": "replace", "path": "groups", "value": []}]), "mutability"),
            (json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x"}]), "noTarget"),
            (json!([{"op": "replace", "path": "shoeSize", "value": 1}]), "invalidPath"),
            (json!([{"op": "remove", "path": "userName"}]), "invalidValue"),
            (json!([{"op": "replace", "path": "active", "value": 7}]), "invalidValue"),
        ] {
            assert_eq!(patched(USERS, &before, &operations).expect_err("refused").kind, Some(kind), "{operations}");
        }
    }
}
