//! Values as lines of text: lists, names with values, tagged values, JSON.

use serde_json::{Map, Value, json};

use crate::fields;
use crate::form::Why;

/// A text in two languages; the English one is the Japanese one where it is left out.
pub(crate) fn bilingual([english, japanese]: [String; 2]) -> Option<Value> {
    match (english.is_empty(), japanese.is_empty()) {
        (true, true) => None,
        (false, true) => Some(json!({ "en": english })),
        (true, false) => Some(json!({ "en": japanese, "ja": japanese })),
        (false, false) => Some(json!({ "en": english, "ja": japanese })),
    }
}

/// A whole number.
pub(crate) fn number(text: &str) -> Result<Value, Why> {
    text.parse::<i64>().map(|number| json!(number)).map_err(|_| Why::Key("wrong-number"))
}

/// `name = value`
pub(crate) fn pair(line: &str) -> Result<(&str, &str), Why> {
    let (name, value) = line.split_once('=').ok_or(Why::Key("wrong-pair"))?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() { Err(Why::Key("wrong-pair")) } else { Ok((name, value)) }
}

/// A value, as its text says.
pub(crate) fn value(of: fields::Value, text: &str) -> Result<Value, Why> {
    Ok(match of {
        fields::Value::Number => number(text)?,
        fields::Value::Text => Value::String(text.to_owned()),
        fields::Value::List if text.starts_with('[') && serde_json::from_str::<Vec<String>>(text).is_ok() => {
            serde_json::from_str(text).unwrap_or_default()
        }
        fields::Value::List => {
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            let texts = inner.split(',').map(|one| one.trim().trim_matches('"')).filter(|one| !one.is_empty());
            json!(texts.collect::<Vec<_>>())
        }
        // JSON where it is some, a text where it is not.
        fields::Value::Any => match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(_) | Value::Null) | Err(_) => match text.starts_with('[') {
                true => return value(fields::Value::List, text),
                false => Value::String(text.to_owned()),
            },
            Ok(read) => read,
        },
    })
}

/// Names with values, one in each line.
pub(crate) fn map(lines: &[String]) -> Result<Value, Why> {
    let mut map = Map::new();
    for line in lines {
        let (name, text) = pair(line)?;
        if map.insert(name.to_owned(), value(fields::Value::Any, text)?).is_some() {
            return Err(Why::Key("wrong-twice"));
        }
    }
    Ok(Value::Object(map))
}

/// One of some names with its value.
pub(crate) fn tagged(tags: &[(&str, fields::Value)], tag: &str, text: &str) -> Result<Option<Value>, Why> {
    if text.is_empty() {
        return Ok(None);
    }
    let (name, of) = tags.iter().find(|(name, _)| *name == tag).ok_or(Why::Key("wrong-choice"))?;
    let read = value(*of, text)?;
    Ok(Some(json!({ *name: read })))
}

/// Objects of two members, one in each line.
pub(crate) fn pairs(lines: &[String], (first, second): (&str, &str), of: fields::Value) -> Result<Value, Why> {
    let one = |line: &String| {
        let (name, text) = pair(line)?;
        Ok(json!({ first: name, second: value(of, text)? }))
    };
    lines.iter().map(one).collect::<Result<Vec<Value>, Why>>().map(Value::Array)
}

/// JSON where it begins as such, a text where it does not.
pub(crate) fn structured(text: &str) -> Result<Option<Value>, Why> {
    match text.chars().next() {
        None => Ok(None),
        Some('{' | '[') => serde_json::from_str(text).map(Some).map_err(|error| Why::Said(error.to_string())),
        Some(_) => Ok(Some(Value::String(text.to_owned()))),
    }
}

/// A value as a line shows it: what is read again as the same value.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) if self::value(fields::Value::Any, text) == Ok(value.clone()) => text.clone(),
        other => other.to_string(),
    }
}

/// Each element in a line.
pub(crate) fn written_list(value: &Value) -> String {
    let elements = value.as_array().into_iter().flatten();
    elements.map(|one| one.as_str().map_or_else(|| one.to_string(), ToOwned::to_owned)).collect::<Vec<_>>().join("\n")
}

/// Each name with its value in a line.
pub(crate) fn written_map(value: &Value) -> String {
    let one = |(name, value): (&String, &Value)| format!("{name} = {}", written(value));
    value.as_object().into_iter().flatten().map(one).collect::<Vec<_>>().join("\n")
}

/// Each object in a line.
pub(crate) fn written_pairs(value: &Value, (first, second): (&str, &str)) -> String {
    let one = |object: &Value| {
        let texts = |value: &Value| match value {
            Value::Array(_) => written_list(value).replace('\n', ", "),
            other => written(other),
        };
        let [name, value] = [first, second].map(|member| object.get(member).map(texts).unwrap_or_default());
        format!("{name} = {value}")
    };
    value.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join("\n")
}

/// A text as it is, everything else as JSON.
pub(crate) fn written_structured(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_another_is_quoted() {
        for (value, text) in [
            (json!("plain text"), "plain text"),
            (json!("12"), "\"12\""),
            (json!("true"), "\"true\""),
            (json!(12), "12"),
            (json!(true), "true"),
        ] {
            assert_eq!(written(&value), text);
            assert_eq!(super::value(fields::Value::Any, text), Ok(value));
        }
    }

    #[test]
    fn a_line_without_a_value_or_a_name_twice_is_wrong() {
        let lines = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
        assert_eq!(map(&lines("a")), Err(Why::Key("wrong-pair")));
        assert_eq!(map(&lines("= 1")), Err(Why::Key("wrong-pair")));
        assert_eq!(map(&lines("a = 1\na = 2")), Err(Why::Key("wrong-twice")));
        assert_eq!(map(&lines("a = 1\nb = [x, y]")), Ok(json!({ "a": 1, "b": ["x", "y"] })));
        assert_eq!(tagged(&[("at-most", fields::Value::Number)], "at-most", "x"), Err(Why::Key("wrong-number")));
        assert_eq!(tagged(&[("at-most", fields::Value::Number)], "other", "1"), Err(Why::Key("wrong-choice")));
    }
}
