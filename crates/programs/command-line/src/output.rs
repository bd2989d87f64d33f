//! What commands print: aligned text for people, one JSON value for programs.
//!
//! Everything goes out through this file, which lets no character through that steers a terminal: an answer may come from a hostile
//! platform. In a text such characters are left out; in JSON they are escaped, which keeps the value.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write};

use sekisho_model::{Timestamp, is_shown};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::Failure;

/// Where and how results are printed.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// As JSON, or as text.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads it.
    #[must_use]
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a value: as it is for programs, through `text` for people.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show(self, value: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        if self.json {
            return write_line(&escaped(&serde_json::to_string_pretty(value).map_err(Failure::failed)?));
        }
        line(text(value).trim_end())
    }

    /// Prints a value on one line: as JSON for programs, as a text for people.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show_line(self, value: &Value, text: &str) -> Result<(), Failure> {
        if self.json { write_line(&escaped(&value.to_string())) } else { line(text) }
    }

    /// Prints a list of objects as a table of some of their fields: (heading, JSON pointer).
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn table(self, rows: &Value, columns: &[(&str, &str)], empty: &str) -> Result<(), Failure> {
        self.show(rows, |rows| match rows.as_array() {
            Some(rows) if !rows.is_empty() => table(rows, columns),
            _ => empty.to_owned(),
        })
    }
}

/// Prints a text on standard output, without what steers a terminal; its line ends stay. A closed pipe is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn line(text: &str) -> Result<(), Failure> {
    write_line(&printable(text))
}

/// Prints JSON that somebody hashes: byte for byte, but escaped where standard output is a terminal.
///
/// # Errors
/// When standard output cannot be written.
pub fn evidence(json: &str) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() { write_line(&escaped(json)) } else { write_line(json) }
}

/// Prints a text on standard error, where a command says what its result on standard output does not.
pub fn note(text: &str) {
    // Nothing can be told to anybody when the terminal is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

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
    if json.chars().all(|c| c == '\n' || is_shown(c)) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_shown(c) {
            safe.push(c);
            continue;
        }
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            safe.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(safe)
}

fn write_line(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        // The reader of a pipe may have seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
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
        Some(other) => one_line(&other.to_string()),
    }
}

/// A time as RFC 3339: as the platform writes it, or of milliseconds since the epoch, as records of the ledger have it.
#[must_use]
pub fn time(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => one_line(text),
        Some(Value::Number(number)) => {
            number.as_i64().map_or_else(|| "-".to_owned(), |ms| Timestamp::from_millis(ms).to_string())
        }
        _ => "-".to_owned(),
    }
}

fn table(rows: &[Value], columns: &[(&str, &str)]) -> String {
    let read = |row: &Value, pointer: &str| match pointer.strip_suffix('@') {
        Some(pointer) => time(row.pointer(pointer)),
        None => cell(row.pointer(pointer)),
    };
    let mut lines: Vec<Vec<String>> = vec![columns.iter().map(|(heading, _)| (*heading).to_owned()).collect()];
    lines.extend(rows.iter().map(|row| columns.iter().map(|(_, pointer)| read(row, pointer)).collect()));
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| lines.iter().filter_map(|line| line.get(at)).map(|text| text.width()).max().unwrap_or(0))
        .collect();
    let padded = |line: &Vec<String>| {
        let space = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
        let cells = line.iter().zip(&widths).map(|(text, width)| format!("{text}{}", space(text, *width)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(padded).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_aligned_and_holds_no_control_characters() {
        let rows = [json!({"id": "a\u{1b}関", "at": 0}), json!({"id": "longer", "at": 1000})];
        let text = table(&rows, &[("ID", "/id"), ("WHEN", "/at@"), ("NONE", "/x")]);
        assert_eq!(
            text,
            "ID      WHEN                  NONE\na関     1970-01-01T00:00:00Z  -\nlonger  1970-01-01T00:00:01Z  -"
        );
    }

    /// What a hostile platform may put into any text: both beginnings of a terminal's sequences, and a line of its own.
    const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\nok";

    #[test]
    fn nothing_of_an_answer_steers_the_terminal_wherever_it_stands() {
        let hostile = Value::from(HOSTILE);
        let values = [hostile.clone(), json!([hostile.clone()]), json!({ HOSTILE: { "a": hostile.clone() } })];
        for value in &values {
            for text in [cell(Some(value)), time(Some(value)), printable(&value.to_string())] {
                assert!(text.chars().all(is_shown), "{text:?}");
            }
        }
        assert_eq!((time(Some(&hostile)), cell(Some(&hostile))), ("[2J31mok".to_owned(), "[2J31mok".to_owned()));
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
