//! Reading a number: digits in groups, with what stands around them.

use crate::candidate::Candidate;
use crate::classes::is_word;
use crate::context::{Context, Near};
use crate::shape::{Shape, shape};

/// The most groups of one number that are looked at together.
const MOST_GROUPS: usize = 8;
/// The fewest digits of anything that is looked for.
const FEWEST: usize = 10;
/// The most.
const MOST: usize = 16;
/// How sure a number with a right check digit and a label is.
const WITH_LABEL: u8 = 85;

/// Groups of digits with one separator between each two.
struct Run {
    groups: [(usize, usize); MOST_GROUPS],
    separators: [u8; MOST_GROUPS],
    count: usize,
    digits: usize,
    end: usize,
}

/// Reads the number that begins at `at`, a digit. Returns where it ends.
pub(crate) fn read(context: &Context<'_>, at: usize, found: &mut impl FnMut(Candidate)) -> usize {
    let text = context.text;
    let run = groups(text, at);
    if run.digits < FEWEST {
        return run.end;
    }
    let mut group = 0;
    while group < run.count {
        group += match longest(context, &run, group) {
            Some((count, candidate)) => {
                candidate.into_iter().for_each(&mut *found);
                count
            }
            None => 1,
        };
    }
    run.end
}

/// The longest sequence of groups from this one on that has the form of something, and what it is, if what stands near agrees.
fn longest(context: &Context<'_>, run: &Run, first: usize) -> Option<(usize, Option<Candidate>)> {
    (1..=(run.count - first).min(4)).rev().find_map(|count| Some((count, candidate(context, run, first, count)?)))
}

fn candidate(context: &Context<'_>, run: &Run, first: usize, count: usize) -> Option<Option<Candidate>> {
    let groups = run.groups.get(first..first + count)?;
    let separators = run.separators.get(first..(first + count).checked_sub(1)?)?;
    let is_even = separators.iter().all(|separator| Some(separator) == separators.first());
    let (start, end) = (groups.first()?.0, groups.last()?.1);
    let before = start.checked_sub(1).and_then(|at| context.text.get(at)).copied();
    if !is_even || !begins(context.text, start) || !ends(context.text, end) {
        return None;
    }
    let (mut digits, mut lengths) = ([0_u8; MOST], [0_usize; 4]);
    let mut length = 0;
    for ((from, to), counted) in groups.iter().zip(&mut lengths) {
        let part = context.text.get(*from..*to)?;
        digits.get_mut(length..length + part.len())?.copy_from_slice(part);
        (*counted, length) = (part.len(), length + part.len());
    }
    let digits = digits.get(..length)?;
    let shape = shape(digits, lengths.get(..count)?, before)?;
    let candidate = |confidence| Candidate { kind: shape.kind, confidence, start, end, value: Some(digits.to_vec()) };
    Some(confidence(context, shape, start, end).map(candidate))
}

fn confidence(context: &Context<'_>, shape: Shape, start: usize, end: usize) -> Option<u8> {
    match context.near(shape.kind, start, end) {
        Near::Named => Some(WITH_LABEL),
        Near::Other if context.table.is_some() || context.is_other_close(shape.kind, start) => None,
        Near::Other | Near::Nothing => shape.alone,
    }
}

/// Whether a number may begin here: not behind a letter, inside a decimal, or as the end of something with hyphens.
fn begins(text: &[u8], at: usize) -> bool {
    let back = |count: usize| at.checked_sub(count).and_then(|at| text.get(at)).copied();
    let before_that = back(2).unwrap_or(b' ');
    match back(1) {
        Some(b'T') => !is_word(before_that),
        Some(b'.' | b'-') => !is_word(before_that),
        Some(before) => !is_word(before),
        None => true,
    }
}

fn ends(text: &[u8], at: usize) -> bool {
    let next = text.get(at + 1).copied().unwrap_or(b' ');
    match text.get(at) {
        Some(b'.' | b'-') => !is_word(next),
        Some(after) => !is_word(*after),
        None => true,
    }
}

/// The groups of digits that begin at `at`.
fn groups(text: &[u8], at: usize) -> Run {
    let mut run = Run { groups: Default::default(), separators: Default::default(), count: 0, digits: 0, end: at };
    let mut from = at;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        run.digits += length;
        run.end = from + length;
        if let Some(group) = run.groups.get_mut(run.count) {
            *group = (from, run.end);
            run.count += 1;
        }
        match rest.get(length..length + 2) {
            Some([separator @ (b' ' | b'-' | b')'), b'0'..=b'9']) if run.count < MOST_GROUPS => {
                // (03)1234-5678
                let separator = if *separator == b')' { b'-' } else { *separator };
                if let Some(place) = run.separators.get_mut(run.count.saturating_sub(1)) {
                    *place = separator;
                }
                from = run.end + 1;
            }
            _ => return run,
        }
    }
}
