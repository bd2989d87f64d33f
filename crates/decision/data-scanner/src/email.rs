//! E-mail addresses.

use memchr::memchr_iter;

use crate::DataKind;
use crate::candidate::Candidate;

/// The most bytes before the `@` (RFC 5321).
const LOCAL: usize = 64;
/// The most behind it.
const DOMAIN: usize = 255;
/// How sure the form of an address is.
const BY_FORM: u8 = 85;

/// Finds the addresses whose `@` stands between these places.
pub(crate) fn find(text: &[u8], from: usize, to: usize, found: &mut impl FnMut(Candidate)) {
    for at in memchr_iter(b'@', text.get(from..to).unwrap_or_default()).map(|at| from + at) {
        let before = text.get(at.saturating_sub(LOCAL)..at).unwrap_or_default();
        let local = before.iter().rev().take_while(|byte| is_local(**byte)).count();
        let start = at - local;
        let behind = text.get(at + 1..(at + 1 + DOMAIN).min(text.len())).unwrap_or_default();
        let domain = domain(behind);
        let is_remote = text.get(start..at) == Some(b"git") && text.get(at + 1 + domain) == Some(&b':');
        if local > 0 && domain > 0 && !is_remote && text.get(start) != Some(&b'.') {
            let end = at + 1 + domain;
            let value = text.get(start..end).unwrap_or_default().to_ascii_lowercase();
            found(Candidate { kind: DataKind::Email, confidence: BY_FORM, start, end, value: Some(value) });
        }
    }
}

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// The length of a domain with at least two labels whose last is of letters; 0 when there is none.
fn domain(text: &[u8]) -> usize {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let length = text.iter().position(|byte| !is_part(*byte)).unwrap_or(text.len());
    let domain = text.get(..length).unwrap_or_default();
    let domain = domain.trim_suffix_bytes(b".-");
    let mut labels = domain.rsplit(|byte| *byte == b'.');
    let last = labels.next().unwrap_or_default();
    let is_top = last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic) && !is_file_ending(last);
    let mut others = labels.peekable();
    let has_others = others.peek().is_some() && others.all(|label| !label.is_empty());
    if is_top && has_others { domain.len() } else { 0 }
}

/// `icon@2x.png` is a picture.
fn is_file_ending(last: &[u8]) -> bool {
    [&b"png"[..], b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"css", b"js"]
        .iter()
        .any(|it| last.eq_ignore_ascii_case(it))
}

trait TrimSuffixBytes {
    fn trim_suffix_bytes(&self, bytes: &[u8]) -> &[u8];
}

impl TrimSuffixBytes for [u8] {
    fn trim_suffix_bytes(&self, bytes: &[u8]) -> &[u8] {
        let kept = self.iter().rposition(|byte| !bytes.contains(byte)).map_or(0, |at| at + 1);
        self.get(..kept).unwrap_or_default()
    }
}
