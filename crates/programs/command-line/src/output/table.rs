//! Tables, fitted to the terminal that they are printed on.

use std::io::{IsTerminal as _, stdout};

use serde_json::Value;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::times::Times;
use super::{cell, text::one_line};

/// The columns of characters between two columns of a table.
const SPACE: usize = 2;
/// The narrowest that a column becomes. A terminal that is narrower still breaks the lines itself.
const NARROWEST: usize = 10;

/// A table of some fields of objects. A column is (heading, JSON pointer); a pointer that ends in `@` names a point in time, and one that
/// ends in `!` a value that people copy, which is never cut. Neither is the first column.
#[derive(Debug)]
pub struct Table<'a> {
    columns: &'a [(&'a str, &'a str)],
    times: &'a Times,
    /// The width to fit into; `None` where nobody looks at it, and nothing is cut.
    width: Option<usize>,
    has_colour: bool,
    /// The widths of the rows before, which later rows keep.
    widths: Option<Vec<usize>>,
}

impl<'a> Table<'a> {
    /// A table for standard output: fitted and coloured where it is a terminal.
    #[must_use]
    pub fn on_terminal(columns: &'a [(&'a str, &'a str)], times: &'a Times) -> Self {
        let is_terminal = stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let has_colour = is_terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb");
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0);
        Self { columns, times, width: width.filter(|_| is_terminal), has_colour, widths: None }
    }

    /// Rows as lines, below the heading the first time.
    pub(super) fn rows(&mut self, rows: &[Value]) -> String {
        let mut lines: Vec<Vec<String>> = rows.iter().map(|row| self.cells(row)).collect();
        let is_first = self.widths.is_none();
        if is_first {
            lines.insert(0, self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect());
        }
        let widths = self.widths.take().unwrap_or_else(|| self.fitted(&lines));
        let text = lines.iter().enumerate().map(|(at, line)| self.line(line, &widths, is_first && at == 0));
        let text = text.collect::<Vec<_>>().join("\n");
        self.widths = Some(widths);
        text
    }

    fn cells(&self, row: &Value) -> Vec<String> {
        let read = |pointer: &str| match pointer.strip_suffix('@') {
            Some(pointer) => self.times.of(row.pointer(pointer)),
            None => cell(row.pointer(pointer.trim_end_matches('!'))),
        };
        self.columns.iter().map(|(_, pointer)| read(pointer)).collect()
    }

    /// The width of each column, so that all of them fit where that is possible: the widest that may be cut become narrower.
    fn fitted(&self, lines: &[Vec<String>]) -> Vec<usize> {
        let widest = |at: usize| {
            lines.iter().filter_map(|line| line.get(at)).map(|text: &String| text.width()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.columns.len()).map(widest).collect();
        let Some(width) = self.width else { return widths };
        let room = width.saturating_sub(SPACE * widths.len().saturating_sub(1));
        let is_whole = |at: usize| at == 0 || self.columns.get(at).is_some_and(|(_, it)| it.ends_with(['@', '!']));
        let narrowest = |at: usize| self.columns.get(at).map_or(0, |(heading, _)| heading.width()).max(NARROWEST);
        loop {
            let over = widths.iter().sum::<usize>().saturating_sub(room);
            let can_shrink = |(at, width): &(usize, &mut usize)| !is_whole(*at) && **width > narrowest(*at);
            let widest = widths.iter_mut().enumerate().filter(can_shrink).max_by_key(|(_, width)| **width);
            match widest {
                Some((_, width)) if over > 0 => *width -= 1,
                _ => return widths,
            }
        }
    }

    fn line(&self, cells: &[String], widths: &[usize], is_heading: bool) -> String {
        let last = cells.len().saturating_sub(1);
        let mut text = String::new();
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            // What later rows of a list that is followed have too much of is cut only where it would break the line.
            let shown = if self.width.is_some() && at != 0 { cut(cell, *width) } else { cell.clone() };
            let space = if at == last { 0 } else { width.saturating_sub(shown.width()) + SPACE };
            match self.colour(at, &shown, is_heading) {
                Some(colour) => text.push_str(&format!("\u{1b}[{colour}m{shown}\u{1b}[0m")),
                None => text.push_str(&shown),
            }
            text.push_str(&" ".repeat(space));
        }
        text.trim_end().to_owned()
    }

    /// The colour of a cell: headings are bold, and outcomes and states stand out.
    fn colour(&self, at: usize, shown: &str, is_heading: bool) -> Option<&'static str> {
        if !self.has_colour {
            return None;
        }
        if is_heading {
            return Some("1");
        }
        let (heading, _) = self.columns.get(at)?;
        match (*heading, shown) {
            ("OUTCOME" | "STATUS" | "STATE" | "EFFECT", "permit" | "active" | "works" | "ready") => Some("32"),
            ("OUTCOME" | "STATUS" | "STATE", "challenge" | "impaired" | "elsewhere") | ("COMPLIANT", "-") => Some("33"),
            ("OUTCOME" | "STATUS" | "STATE", "deny" | "disabled" | "revoked" | "failed") => Some("31"),
            ("EFFECT", "forbid") | ("COMPLIANT", "no") => Some("31"),
            ("COMPLIANT", "yes") => Some("32"),
            _ => None,
        }
    }
}

/// A text that is at most so wide; what is left out is marked.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut shown, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        shown.push(c);
    }
    format!("{}…", one_line(&shown).trim_end())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sekisho_model::TimeZone;
    use serde_json::json;

    use super::*;

    fn table(width: Option<usize>, has_colour: bool, columns: &[(&str, &str)], rows: &[Value]) -> String {
        let times = Times::new(Arc::new(TimeZone::fixed(0)));
        Table { columns, times: &times, width, has_colour, widths: None }.rows(rows)
    }

    #[test]
    fn a_table_is_aligned_and_holds_no_control_characters() {
        let rows = [json!({"id": "a\u{1b}関", "at": 0}), json!({"id": "longer", "at": 1000})];
        let text = table(None, false, &[("ID", "/id"), ("WHEN", "/at@"), ("NONE", "/x")], &rows);
        assert_eq!(
            text,
            "ID      WHEN                       NONE\na関     1970-01-01 00:00:00+00:00  -\nlonger  1970-01-01 00:00:01+00:00  -"
        );
    }

    #[test]
    fn a_table_fits_a_terminal_and_counts_wide_characters() {
        let rows = [json!({"id": "laptop-of-somebody-7", "name": "経理部の共有ノートパソコン第七号", "at": 0,
            "text": "one two three four five six seven eight nine ten", "request": "01M809QSAC7GG14A05J2XYT7JQ"})];
        let columns = [("ID", "/id"), ("NAME", "/name"), ("TEXT", "/text"), ("WHEN", "/at@"), ("REQUEST", "/request!")];
        let text = table(Some(110), false, &columns, &rows);
        assert!(text.lines().all(|line| line.width() <= 110), "{text}");
        for whole in ["laptop-of-somebody-7", "1970-01-01 00:00:00+00:00", "01M809QSAC7GG14A05J2XYT7JQ"] {
            assert!(text.contains(whole), "{whole} was cut: {text}");
        }
        assert!(text.contains("経理部") && text.matches('…').count() == 2, "{text}");
        // What nobody looks at is whole.
        assert!(table(None, false, &columns, &rows).contains("nine ten"));
    }

    #[test]
    fn rows_that_come_later_keep_the_columns() {
        let (columns, times) = ([("ID", "/id"), ("B", "/b")], Times::new(Arc::new(TimeZone::fixed(0))));
        let mut table = Table { columns: &columns, times: &times, width: Some(30), has_colour: false, widths: None };
        assert_eq!(table.rows(&[json!({"id": "first", "b": 1})]), "ID     B\nfirst  1");
        assert_eq!(table.rows(&[json!({"id": "2", "b": 2})]), "2      2");
    }

    #[test]
    fn colour_is_only_where_it_is_wanted_and_never_from_an_answer() {
        let rows = [json!({"id": "\u{1b}[31mred", "s": "deny"})];
        let columns = [("ID", "/id"), ("OUTCOME", "/s")];
        assert!(!table(Some(80), false, &columns, &rows).contains('\u{1b}'));
        let coloured = table(Some(80), true, &columns, &rows);
        assert!(coloured.contains("\u{1b}[31mdeny\u{1b}[0m") && !coloured.contains("\u{1b}[31mred"), "{coloured:?}");
    }
}
