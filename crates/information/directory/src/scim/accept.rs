//! From the body of a request to the attributes that are kept: names in their own spelling, values of their types, nothing unknown.

use sekisho_model::is_shown;
use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::{Attribute, COMMON, Mutability, ResourceType, Type, find};

/// The longest text in characters.
const LONGEST_TEXT: usize = 1024;
/// The most values of an attribute.
const MOST_VALUES: usize = 20_000;

/// The attributes of a body. What this server does not keep, and what it alone sets, is left out (RFC 7644, 3.3).
pub(crate) fn accept(of: &ResourceType, body: &Map<String, Value>) -> Result<Map<String, Value>, ScimError> {
    let mut kept = Map::new();
    for (name, value) in body {
        match of.extension {
            Some((schema, attributes)) if schema.eq_ignore_ascii_case(name) => {
                let Some(value) = assigned(value) else { continue };
                let fields =
                    value.as_object().ok_or_else(|| ScimError::value(format_args!("`{name}` is an object")))?;
                let fields = object(attributes, fields)?;
                if !fields.is_empty() {
                    kept.insert(schema.to_owned(), Value::Object(fields));
                }
            }
            _ => {
                let attribute = find(of.attributes, name).or_else(|| find(COMMON, name));
                keep(&mut kept, attribute, value)?;
            }
        }
    }
    let missing = of.attributes.iter().find(|attribute| attribute.is_required && !kept.contains_key(attribute.name));
    match missing {
        Some(attribute) => Err(ScimError::value(format_args!("`{}` is required", attribute.name))),
        None => Ok(kept),
    }
}

fn object(attributes: &'static [Attribute], fields: &Map<String, Value>) -> Result<Map<String, Value>, ScimError> {
    let mut kept = Map::new();
    for (name, value) in fields {
        keep(&mut kept, find(attributes, name), value)?;
    }
    Ok(kept)
}

fn keep(kept: &mut Map<String, Value>, attribute: Option<&Attribute>, value: &Value) -> Result<(), ScimError> {
    let Some(attribute) = attribute.filter(|attribute| attribute.mutability != Mutability::ReadOnly) else {
        return Ok(());
    };
    let Some(value) = assigned(value) else { return Ok(()) };
    let value = if attribute.is_many { many(attribute, value)? } else { Some(one(attribute, value)?) };
    if let Some(value) = value.filter(|value| assigned(value).is_some()) {
        kept.insert(attribute.name.to_owned(), value);
    }
    Ok(())
}

/// `None` for what stands for no value (RFC 7643, 2.5).
fn assigned(value: &Value) -> Option<&Value> {
    let is_empty = match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(value)
}

fn many(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let alone = std::slice::from_ref(value);
    let values = value.as_array().map_or(alone, Vec::as_slice);
    if values.len() > MOST_VALUES {
        return Err(ScimError::value(format_args!("`{}` has more than {MOST_VALUES} values", attribute.name)));
    }
    let mut kept: Vec<Value> = Vec::with_capacity(values.len());
    let mut seen = std::collections::HashSet::new();
    for value in values {
        let value = one(attribute, value)?;
        if assigned(&value).is_some() && seen.insert(value.to_string()) {
            kept.push(value);
        }
    }
    let primaries = kept.iter().filter(|value| value.get("primary") == Some(&Value::Bool(true))).count();
    if primaries > 1 {
        return Err(ScimError::value(format_args!("`{}` has more than one primary value", attribute.name)));
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

fn one(attribute: &Attribute, value: &Value) -> Result<Value, ScimError> {
    let wrong = |what: &str| ScimError::value(format_args!("`{}` is {what}", attribute.name));
    match attribute.kind {
        Type::Text | Type::Reference => {
            let text = value.as_str().ok_or_else(|| wrong("a text"))?;
            if text.chars().count() > LONGEST_TEXT || !text.chars().all(is_shown) {
                return Err(wrong("a text of at most 1,024 characters without control characters"));
            }
            Ok(Value::from(text))
        }
        // Some identity providers write truth values as text.
        Type::Truth => match value {
            Value::Bool(truth) => Ok(Value::Bool(*truth)),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
            _ => Err(wrong("true or false")),
        },
        Type::Complex => match value {
            Value::Object(fields) => Ok(Value::Object(object(attribute.parts, fields)?)),
            // A value alone stands for the part `value`.
            Value::String(_) if attribute.part("value").is_some() => {
                Ok(Value::Object(object(attribute.parts, &Map::from_iter([("value".to_owned(), value.clone())]))?))
            }
            _ => Err(wrong("an object")),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::{GROUPS, USERS};
    use super::*;

    fn accepted(of: &ResourceType, body: &Value) -> Result<Value, ScimError> {
        accept(of, body.as_object().expect("an object")).map(Value::Object)
    }

    #[test]
    fn names_are_spelt_as_in_the_schema_and_what_is_unknown_or_ours_is_left_out() {
        let body = json!({
            "USERNAME": "Alice", "id": "mine", "groups": [{"value": "x"}], "meta": {}, "shoeSize": 38, "title": null, "nickName": "A",
            "active": "False", "emails": ["a@example.jp"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"Department": "Sales", "x": 1},
        });
        let expected = json!({
            "userName": "Alice", "nickName": "A", "active": false, "emails": [{"value": "a@example.jp"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"},
        });
        assert_eq!(accepted(USERS, &body), Ok(expected));
    }

    #[test]
    fn a_value_of_the_wrong_type_and_a_missing_name_are_refused() {
        for wrong in [
            json!({}),
            json!({"userName": 7}),
            json!({"userName": "a", "active": "perhaps"}),
            json!({"userName": "a", "name": "A"}),
            json!({"userName": "a\u{7}"}),
            json!({"userName": "a".repeat(1025)}),
            json!({"userName": "a", "emails": [{"value": "x", "primary": true}, {"value": "y", "primary": true}]}),
        ] {
            let refused = accepted(USERS, &wrong).expect_err("refused");
            assert_eq!(refused.kind, Some("invalidValue"), "{wrong}");
        }
        assert!(accepted(GROUPS, &json!({"members": []})).is_err());
        assert!(accepted(GROUPS, &json!({"displayName": "Sales"})).is_ok());
    }
}
