//! What stands near a number, and whether that says what it is.

use memchr::memchr;

use crate::labels::{Label, Mark};
use crate::table::Table;
use crate::{DataKind, Format};

/// How far before a number a label counts, in characters.
const BEFORE: usize = 300;
/// How far behind it.
const BEHIND: usize = 30;
/// How near, in bytes, the label of something else speaks against a form that few other things have.
const NEAR: usize = 40;

/// What is known around a number.
pub(crate) struct Context<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) marks: &'a [Mark],
    pub(crate) format: Format,
    pub(crate) table: Option<&'a Table>,
}

/// What stands near a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Near {
    /// A label of this kind.
    Named,
    /// The label of something else.
    Other,
    /// Nothing that says what it is.
    Nothing,
}

impl Context<'_> {
    /// What stands near the number that begins and ends there.
    pub(crate) fn near(&self, kind: DataKind, start: usize, end: usize) -> Near {
        let before = self.marks.get(..self.marks.partition_point(|mark| mark.start < start)).unwrap_or_default();
        match (self.table, self.format) {
            (Some(table), _) => self.in_table(table, kind, before, start),
            (None, Format::Json) => self.in_json(kind, before, start),
            (None, _) => self.in_text(kind, before, start, end),
        }
    }

    fn in_table(&self, table: &Table, kind: DataKind, before: &[Mark], start: usize) -> Near {
        let column = table.column();
        match before.last().filter(|mark| self.is_within(mark, start)) {
            Some(mark) if mark.start >= table.cell() => named(mark, kind),
            _ if column.is_of(kind) => Near::Named,
            _ if column.is_labelled() => Near::Other,
            // A neighbouring field.
            Some(mark) if mark.start >= table.row() && named(mark, kind) == Near::Named => Near::Named,
            _ => Near::Nothing,
        }
    }

    /// The key of the field, or the field before in the same object.
    fn in_json(&self, kind: DataKind, before: &[Mark], start: usize) -> Near {
        let Some(mark) = before.last().filter(|mark| self.is_within(mark, start)) else { return Near::Nothing };
        let between = self.between(mark.end, start);
        let keys = between.windows(2).filter(|two| two == b"\":").count();
        if keys <= 1 || memchr(b',', between).is_none() { named(mark, kind) } else { Near::Nothing }
    }

    fn in_text(&self, kind: DataKind, before: &[Mark], start: usize, end: usize) -> Near {
        let mut is_on_earlier_line = false;
        for mark in before.iter().rev().take_while(|mark| self.is_within(mark, start)) {
            if named(mark, kind) == Near::Named {
                return Near::Named;
            }
            is_on_earlier_line = is_on_earlier_line || memchr(b'\n', self.between(mark.end, start)).is_some();
            if !is_on_earlier_line {
                return Near::Other;
            }
        }
        let behind = self.marks.partition_point(|mark| mark.start < end);
        let next = self.marks.get(behind).filter(|mark| named(mark, kind) == Near::Named);
        let between = next.map(|next| self.between(end, next.start));
        match between {
            Some(between) if count(between) <= BEHIND && memchr(b'\n', between).is_none() => Near::Named,
            _ => Near::Nothing,
        }
    }

    /// Whether the label of something else stands close before the number, with no other number between: a label is of one.
    pub(crate) fn is_other_close(&self, kind: DataKind, start: usize) -> bool {
        let before = self.marks.partition_point(|mark| mark.start < start);
        let last = before.checked_sub(1).and_then(|at| self.marks.get(at));
        last.is_some_and(|mark| {
            let is_close = named(mark, kind) == Near::Other && start.saturating_sub(mark.end) <= NEAR;
            is_close && !self.between(mark.end, start).iter().any(u8::is_ascii_digit)
        })
    }

    fn is_within(&self, mark: &Mark, start: usize) -> bool {
        // A character is at most four bytes.
        mark.end <= start && start - mark.end <= 4 * BEFORE && count(self.between(mark.end, start)) <= BEFORE
    }

    fn between(&self, from: usize, to: usize) -> &[u8] {
        self.text.get(from..to).unwrap_or_default()
    }
}

fn named(mark: &Mark, kind: DataKind) -> Near {
    if mark.label == Label::Of(kind) { Near::Named } else { Near::Other }
}

/// The characters of a text.
fn count(text: &[u8]) -> usize {
    if text.len() <= BEHIND {
        return text.len();
    }
    text.iter().filter(|byte| !(0x80..0xC0).contains(*byte)).count()
}
