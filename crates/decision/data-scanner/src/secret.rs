//! Keys, tokens and passwords: by how they begin, or by the name that they are assigned to.

use crate::DataKind;
use crate::candidate::Candidate;
use crate::labels::{Label, Mark};
use crate::secret_form::Secret;

/// How sure the form of a secret is.
const BY_FORM: u8 = 85;
/// The fewest bits of entropy for each character of a token.
const ENTROPY: f64 = 2.5;
/// The longest value that a name is given, in bytes.
const LONGEST: usize = 128;

impl Secret {
    /// The bytes of the secret.
    fn within(self, text: &[u8], mark: &Mark) -> Option<(usize, usize)> {
        match self {
            Self::Token(beginning, length) => {
                let is_exact = text.get(mark.start..mark.end)? == beginning.as_bytes();
                let end = mark.end + run(text, mark.end, is_token);
                let is_long = end - mark.end >= length;
                let is_random =
                    entropy(text.get(mark.end..end)?) >= ENTROPY && !holds_example(text.get(mark.end..end)?);
                (is_exact && is_long && is_random).then_some((mark.start, end))
            }
            Self::Jwt => {
                let end = mark.start + run(text, mark.start, |byte| is_token(byte) || byte == b'.');
                let token = text.get(mark.start..end)?;
                let parts = token.split(|byte| *byte == b'.').filter(|part| part.len() >= 10).count();
                (token.starts_with(b"eyJ") && parts >= 2).then_some((mark.start, end))
            }
            Self::Pem => pem(text, mark.start),
            Self::Assigned => assigned(text, mark.end),
        }
    }
}

/// Finds the secrets of the marks that begin between these places.
pub(crate) fn find(text: &[u8], marks: &[Mark], from: usize, to: usize, found: &mut impl FnMut(Candidate)) {
    let first = marks.partition_point(|mark| mark.start < from);
    for mark in marks.iter().skip(first).take_while(|mark| mark.start < to) {
        let Label::Secret(secret) = mark.label else { continue };
        if let Some((start, end)) = secret.within(text, mark) {
            let value = text.get(start..end).map(<[u8]>::to_vec);
            found(Candidate { kind: DataKind::Secret, confidence: BY_FORM, start, end, value });
        }
    }
}

/// A private key to its end; without one, to the end of what is seen.
fn pem(text: &[u8], start: usize) -> Option<(usize, usize)> {
    let rest = text.get(start..)?;
    let head = rest.get(..rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()).min(64))?;
    memchr::memmem::find(head, b"PRIVATE KEY-----")?;
    let end = memchr::memmem::find(rest, b"-----END ").and_then(|at| {
        let line = rest.get(at + 9..)?;
        Some(at + 9 + memchr::memmem::find(line, b"-----")? + 5)
    });
    Some((start, start + end.unwrap_or(rest.len())))
}

/// `name = "value"`, `name: value`.
fn assigned(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let skip = |at: usize, of: &[u8], most: usize| {
        at + text.get(at..).unwrap_or_default().iter().take(most).take_while(|byte| of.contains(byte)).count()
    };
    let name_end = skip(from, b"\"'`", 1);
    let sign = skip(name_end, b" \t", 4);
    let value = skip(sign, b":=", 2);
    if value == sign {
        return None;
    }
    let start = skip(skip(value, b" \t>", 4), b"\"'`", 1);
    let end = start + run(text, start, |byte| byte.is_ascii_graphic() && !b"\"'`,;<>".contains(&byte)).min(LONGEST);
    is_password(text.get(start..end)?).then_some((start, end))
}

/// Whether a value looks like a password and not like a word, a call or a template.
fn is_password(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    let classes = [u8::is_ascii_lowercase as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_punctuation];
    let others = classes.into_iter().filter(|class| has(*class)).count();
    let is_mixed = (has(u8::is_ascii_digit) && others >= 1) || others >= 3;
    let is_written = !value.iter().any(|byte| b"(){}$[]*".contains(byte));
    value.len() >= 8 && is_mixed && is_written && entropy(value) >= ENTROPY && !holds_example(value)
}

fn run(text: &[u8], from: usize, is_part: impl Fn(u8) -> bool) -> usize {
    text.get(from..).unwrap_or_default().iter().take_while(|byte| is_part(**byte)).count()
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn holds_example(value: &[u8]) -> bool {
    memchr::memmem::find(&value.to_ascii_lowercase(), b"example").is_some()
}

/// Bits for each character, by how often each is there.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let length = u32::try_from(value.len()).map_or(f64::INFINITY, f64::from);
    let part = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(|count| -part(count) * part(count).log2()).sum()
}
