//! A document as one text: TOML as folders of documents write it, or JSON.

use serde_json::Value;

/// The body that a text says.
///
/// # Errors
/// What is wrong with it, with the line.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|error| error.to_string()),
        false => toml::from_str::<toml::Table>(text)
            .map_err(|error| error.to_string())
            .and_then(|table| serde_json::to_value(table).map_err(|error| error.to_string())),
    }
}

/// The text of a body: TOML where it can be written as such.
pub(crate) fn written(body: &Value) -> String {
    toml::to_string_pretty(body).unwrap_or_else(|_| serde_json::to_string_pretty(body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let body = json!({ "id": "x", "name": { "en": "X" }, "sensitivity": 2, "tags": { "team": ["a", "b"] },
            "upstream": { "addresses": ["10.0.0.5:8080"] } });
        assert_eq!(read(&written(&body)), Ok(body.clone()));
        assert_eq!(read(&body.to_string()), Ok(body));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert!(read("a = 1\nb = ").expect_err("no value").contains("line 2"));
        assert!(read("{\n\"a\": }").expect_err("no value").contains("line 2"));
    }
}
