//! One pass over a window: every value that begins in a part of it.

use crate::candidate::Candidate;
use crate::classes::{COMMAS, Class, TABS, TEXT};
use crate::context::Context;
use crate::labels::Mark;
use crate::table::Table;
use crate::{Format, email, number, secret};

/// A part of a folded text.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) marks: &'a [Mark],
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Finds the values of a part. Returns where the pass over numbers ended: at or behind the end of the part.
pub(crate) fn pass(part: Part<'_>, format: Format, table: &mut Option<Table>, found: &mut Vec<Candidate>) -> usize {
    let Part { text, marks, from, to } = part;
    let mut found = |candidate| found.push(candidate);
    email::find(text, from, to, &mut found);
    secret::find(text, marks, from, to, &mut found);
    numbers(part, format, table, &mut found)
}

fn numbers(part: Part<'_>, format: Format, table: &mut Option<Table>, found: &mut impl FnMut(Candidate)) -> usize {
    let Part { text, marks, mut from, to } = part;
    let classes = match format {
        Format::Csv => &COMMAS,
        Format::Tsv => &TABS,
        Format::Unknown | Format::Text | Format::Json => &TEXT,
    };
    while from < to {
        let rest = text.get(from..to).unwrap_or_default();
        let class = |byte: &u8| classes.get(usize::from(*byte)).copied().unwrap_or(Class::Other);
        let Some(next) = rest.iter().position(|byte| class(byte) != Class::Other) else { return to };
        let at = from + next;
        from = at + 1;
        match (rest.get(next).map_or(Class::Other, class), table.as_mut()) {
            (Class::Digit, _) => {
                let context = Context { text, marks, format, table: table.as_ref() };
                from = number::read(&context, at, found);
            }
            (Class::Delimiter, Some(table)) => table.delimiter(at, marks),
            (Class::Quote, Some(table)) => table.quote(),
            (Class::Newline, Some(table)) => table.newline(at, marks),
            (Class::Other | Class::Delimiter | Class::Quote | Class::Newline, _) => {}
        }
    }
    from
}
