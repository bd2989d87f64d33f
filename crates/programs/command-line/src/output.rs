//! What commands print: aligned text for people, one JSON value for programs.

use std::io::Write;

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
            return line(&serde_json::to_string_pretty(value).map_err(Failure::failed)?);
        }
        line(text(value).trim_end())
    }

    /// Prints a value on one line: as JSON for programs, as a text for people.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show_line(self, value: &Value, text: &str) -> Result<(), Failure> {
        if self.json { line(&value.to_string()) } else { line(text) }
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

/// Prints one line on standard output. A closed pipe is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn line(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        // The reader of a pipe may have seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

/// One value as a person reads it in a table cell.
#[must_use]
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.chars().filter(|c| is_shown(*c)).collect(),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}

/// A time as RFC 3339: as the platform writes it, or of milliseconds since the epoch, as records of the ledger have it.
#[must_use]
pub fn time(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
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
}
