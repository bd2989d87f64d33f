//! Texts of an answer, without what steers a terminal.

use std::borrow::Cow;

use sekisho_model::is_shown;
use serde_json::Value;

/// A text as it is printed: without what steers a terminal. Line ends stay, and a tabulator becomes a space.
#[must_use]
pub fn printable(text: &str) -> String {
    let keep = |c: char| match c {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        c => is_shown(c).then_some(c),
    };
    text.chars().filter_map(keep).collect()
}

/// JSON in which every character that is not shown is escaped (RFC 8259, 7). Outside its texts JSON has none but line ends.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    with_escapes(json, |c, safe| {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            safe.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

/// A text in which every character that is not shown, but line ends, is replaced.
pub(super) fn with_escapes(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_shown(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || is_shown(c) { safe.push(c) } else { escape(c, &mut safe) }
    }
    Cow::Owned(safe)
}

/// A text of an answer as a part of one line: nothing in it steers a terminal or begins another line.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().filter(|c| is_shown(*c)).collect()
}

/// One value as a person reads it in a table cell.
#[must_use]
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => one_line(text),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", "),
        Some(Value::Object(fields)) if fields.is_empty() => "-".to_owned(),
        Some(Value::Object(fields)) => {
            let field = |(name, value): (&String, &Value)| format!("{}: {}", one_line(name), cell(Some(value)));
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(other) => one_line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a hostile platform may put into any text: both beginnings of a terminal's sequences, and a line of its own.
    const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\nok";

    #[test]
    fn nothing_of_an_answer_steers_the_terminal_wherever_it_stands() {
        let hostile = Value::from(HOSTILE);
        let values = [hostile.clone(), json!([hostile.clone()]), json!({ HOSTILE: { "a": hostile.clone() } })];
        for value in &values {
            for text in [cell(Some(value)), printable(&value.to_string())] {
                assert!(text.chars().all(is_shown), "{text:?}");
            }
        }
        assert_eq!(cell(Some(&hostile)), "[2J31mok");
        assert_eq!(
            cell(Some(&json!({ "compliant": true, "failing": [], "by": {} }))),
            "compliant: yes, failing: -, by: -"
        );
        assert_eq!(printable(HOSTILE), "[2J31m\nok");
        assert_eq!(printable("関所 — é\tb\n"), "関所 — é b\n");
    }

    #[test]
    fn json_keeps_its_value_and_holds_nothing_that_steers_a_terminal() {
        let value = json!({ HOSTILE: ["\u{9b}", "\u{7f}", "\u{202e}", "\u{e0001}", "関"] });
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        let safe = escaped(&text);
        assert!(safe.chars().all(|c| c == '\n' || is_shown(c)) && safe.contains("関"), "{safe:?}");
        assert_eq!(serde_json::from_str::<Value>(&safe).expect("JSON"), value);
        assert!(matches!(escaped("{\n  \"a\": 1\n}"), Cow::Borrowed(_)));
    }
}
