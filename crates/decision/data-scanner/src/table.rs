//! Rows and columns: the first row of a table says what its columns hold.

use crate::DataKind;
use crate::data_kinds::DataKinds;
use crate::labels::{Label, Mark};

/// The most columns whose heads are kept; those behind them have none.
const MOST_COLUMNS: usize = 1000;

/// Where in a table the pass is.
#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    is_past_head: bool,
    column: usize,
    cell: usize,
    row: usize,
    is_quoted: bool,
}

/// What the head of a column says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Column {
    kinds: DataKinds,
    is_labelled: bool,
}

impl Column {
    pub(crate) const fn is_of(self, kind: DataKind) -> bool {
        self.kinds.has(kind)
    }

    /// Whether the head says something, of whatever kind.
    pub(crate) const fn is_labelled(self) -> bool {
        self.is_labelled
    }
}

impl Table {
    /// Where the field begins that the pass is in.
    pub(crate) const fn cell(&self) -> usize {
        self.cell
    }

    /// Where the row begins that the pass is in.
    pub(crate) const fn row(&self) -> usize {
        self.row
    }

    /// The column that the pass is in.
    pub(crate) fn column(&self) -> Column {
        self.columns.get(self.column).filter(|_| self.is_past_head).copied().unwrap_or_default()
    }

    pub(crate) const fn quote(&mut self) {
        self.is_quoted = !self.is_quoted;
    }

    /// A delimiter at `at`.
    pub(crate) fn delimiter(&mut self, at: usize, marks: &[Mark]) {
        if !self.is_quoted {
            self.end_cell(at, marks);
            self.column += 1;
        }
    }

    /// The end of a line at `at`.
    pub(crate) fn newline(&mut self, at: usize, marks: &[Mark]) {
        if !self.is_quoted {
            self.end_cell(at, marks);
            (self.is_past_head, self.column, self.row) = (true, 0, at + 1);
        }
    }

    fn end_cell(&mut self, at: usize, marks: &[Mark]) {
        if !self.is_past_head && self.columns.len() < MOST_COLUMNS {
            let from = marks.partition_point(|mark| mark.start < self.cell);
            let inside = marks.iter().skip(from).take_while(|mark| mark.end <= at);
            self.columns.push(inside.fold(Column::default(), |column, mark| match mark.label {
                Label::Of(kind) => Column { kinds: column.kinds.with(kind), is_labelled: true },
                Label::Other | Label::Secret(_) => Column { is_labelled: true, ..column },
            }));
        }
        self.cell = at + 1;
    }

    /// The window forgot its first bytes.
    pub(crate) const fn forget(&mut self, bytes: usize) {
        self.cell = self.cell.saturating_sub(bytes);
        self.row = self.row.saturating_sub(bytes);
    }
}
