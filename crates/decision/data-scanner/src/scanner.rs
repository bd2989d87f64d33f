//! The scanner: text in, pieces out, with a bounded window between.

use std::cmp::Reverse;

use crate::candidate::Candidate;
use crate::labels::{self, Mark};
use crate::pass::{Part, pass};
use crate::table::Table;
use crate::window::Window;
use crate::{Finding, Format, Sensitive};

/// How much text is looked at in one pass, in bytes.
const STEP: usize = 32 * 1024;
/// How much text behind a value is seen before it is looked at, in bytes: a private key of 4096 bits is as long.
const AHEAD: usize = 4 * 1024;
/// How much text before a value is kept for its labels, in bytes: 300 characters of four bytes, and a label.
const BEHIND: usize = 1300;

/// A piece of the text, as it came.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// It holds nothing that was looked for.
    Clean(&'a str),
    /// It is a value that was found.
    Found(Finding, &'a str),
}

/// Looks for sensitive values in a text that comes in parts.
pub struct Scanner {
    window: Window,
    format: Format,
    table: Option<Table>,
    marks: Vec<Mark>,
    found: Vec<Candidate>,
    /// Up to where numbers were read, in the folded text.
    walked: usize,
    /// Up to where pieces were given out, in the folded text.
    done: usize,
    /// The same in the text as it came.
    given: usize,
    /// How much of the text as it came is forgotten.
    forgotten: u64,
}

impl Scanner {
    /// A scanner of a text that is built so.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            window: Window::default(),
            table: table(format),
            format,
            marks: Vec::new(),
            found: Vec::new(),
            walked: 0,
            done: 0,
            given: 0,
            forgotten: 0,
        }
    }

    /// Takes more of the text, and gives out the pieces that are certain.
    pub fn push(&mut self, mut text: &str, take: &mut impl FnMut(Piece<'_>)) {
        while !text.is_empty() {
            let (now, later) = text.split_at(text.floor_char_boundary(STEP).max(text.ceil_char_boundary(1)));
            self.window.push(now);
            text = later;
            if self.window.folded().len() - self.done >= STEP + AHEAD {
                let to = self.window.boundary(self.window.folded().len() - AHEAD);
                self.advance(to, take);
            }
        }
    }

    /// Gives out what is left: the text is over, or what follows it is not waited for.
    pub fn finish(&mut self, take: &mut impl FnMut(Piece<'_>)) {
        self.advance(self.window.folded().len(), take);
    }

    /// Gives out the pieces up to a place, or to the end of a value that begins before it.
    fn advance(&mut self, to: usize, take: &mut impl FnMut(Piece<'_>)) {
        let text = self.window.folded();
        if self.format == Format::Unknown {
            self.format = Format::of_beginning(text);
            self.table = table(self.format);
        }
        labels::find(text, &mut self.marks);
        let part = Part { text, marks: &self.marks, from: self.walked, to };
        self.walked = pass(part, self.format, &mut self.table, &mut self.found).max(self.walked);
        self.found.sort_unstable_by_key(|one| (one.start, Reverse(one.end)));
        let mut done = self.done;
        for candidate in std::mem::take(&mut self.found) {
            if candidate.start >= done {
                done = candidate.end;
                self.give(candidate, take);
            }
        }
        self.done = self.window.boundary(done.max(to).max(self.done));
        let end = self.window.raw_end(self.done);
        self.give_clean(end, take);
        self.forget();
    }

    fn give(&mut self, candidate: Candidate, take: &mut impl FnMut(Piece<'_>)) {
        let (start, end) = (self.window.raw_start(candidate.start), self.window.raw_end(candidate.end));
        self.give_clean(start, take);
        let base = self.forgotten;
        let place = |at: usize| base + u64::try_from(at).unwrap_or(u64::MAX - base);
        let finding = Finding {
            kind: candidate.kind,
            confidence: candidate.confidence,
            at: place(start)..place(end),
            value: Sensitive::new(candidate.value.unwrap_or_default()),
        };
        take(Piece::Found(finding, self.window.raw(start, end)));
        self.given = end;
    }

    fn give_clean(&mut self, end: usize, take: &mut impl FnMut(Piece<'_>)) {
        if end > self.given {
            take(Piece::Clean(self.window.raw(self.given, end)));
            self.given = end;
        }
    }

    /// Keeps what labels may still stand in.
    fn forget(&mut self) {
        let keep = self.window.boundary(self.done.saturating_sub(BEHIND));
        let raw = self.window.forget(keep);
        self.done -= keep;
        self.walked -= keep.min(self.walked);
        self.given -= raw.min(self.given);
        self.forgotten += u64::try_from(raw).unwrap_or(0);
        if let Some(table) = &mut self.table {
            table.forget(keep);
        }
    }
}

impl std::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanner").field("format", &self.format).finish_non_exhaustive()
    }
}

fn table(format: Format) -> Option<Table> {
    matches!(format, Format::Csv | Format::Tsv).then(Table::default)
}
