//! Points in time as the API writes them: RFC 3339 text. Inside, they are milliseconds.

use sekisho_model::Timestamp;
use serde_json::Value;

/// The fields of people and devices that are theirs to name: nothing in them is a time of ours.
const FREE: [&str; 2] = ["attributes", "facts"];

/// Writes every time of a value as text. A time is a number in a field called `at` or `until`, or whose name ends in `_at`.
pub(crate) fn written(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(written),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                match field.as_i64().filter(|_| is_time(name)) {
                    Some(millis) => *field = Value::String(Timestamp::from_millis(millis).to_string()),
                    None => written(field),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_time(name: &str) -> bool {
    matches!(name, "at" | "until") || name.ends_with("_at")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_written_and_nothing_else() {
        let mut value = json!({"at": 0, "until": 1000, "made_at": null, "count": 7, "attributes": {"at": 5}, "items": [{"expires_at": 60000}]});
        written(&mut value);
        let expected = json!({"at": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:00:01Z", "made_at": null, "count": 7,
            "attributes": {"at": 5}, "items": [{"expires_at": "1970-01-01T00:01:00Z"}]});
        assert_eq!(value, expected);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let at = Timestamp::from_millis(1_796_000_123_456);
        let mut value = json!({"at": at});
        written(&mut value);
        let read: Timestamp = serde_json::from_value(value["at"].take()).expect("a time");
        assert_eq!(read, at);
    }
}
