//! The tables, one file per class of the catalogue. Each input of a catalogue entry is a case of its own.

mod h2;
mod hdr;
mod host;
mod path;
mod smug;
mod well_formed;

use crate::h2::{H2Case, Names};
use crate::{Case, Expected};

/// Every case of a class.
#[must_use]
pub fn path() -> Vec<Case> {
    path::cases()
}

/// Host, SNI and absolute targets.
#[must_use]
pub fn host() -> Vec<Case> {
    host::cases()
}

/// Framing and request smuggling.
#[must_use]
pub fn smug() -> Vec<Case> {
    smug::cases()
}

/// Requests that nobody should refuse, in every shape of framing: what servers are compared by besides the attacks.
#[must_use]
pub fn well_formed() -> Vec<Case> {
    well_formed::cases()
}

/// Header spoofing and identity injection.
#[must_use]
pub fn hdr() -> Vec<Case> {
    hdr::cases()
}

/// Cookies, as far as a head alone decides.
#[must_use]
pub fn cook() -> Vec<Case> {
    hdr::cookie_cases()
}

/// HTTP/2, frame by frame.
#[must_use]
pub fn h2(names: &Names) -> Vec<H2Case> {
    h2::cases(names)
}

/// Gathers the cases of one class, numbering the inputs of each entry by letters.
struct Table {
    class: &'static str,
    cases: Vec<Case>,
}

impl Table {
    const fn new(class: &'static str) -> Self {
        Self { class, cases: Vec::new() }
    }

    /// One entry: each input with what must come of it.
    fn entry<B: Into<Vec<u8>>>(&mut self, number: u16, expected: &Expected, inputs: impl IntoIterator<Item = B>) {
        for bytes in inputs {
            let of_entry = format!("{}-{number:02}", self.class);
            let letters = self.cases.iter().filter(|case| case.id.starts_with(&of_entry)).count();
            let letter = u8::try_from(letters % 26).map_or('a', |letter| char::from(b'a' + letter));
            let id = format!("{of_entry}{}{letter}", "z".repeat(letters / 26));
            self.cases.push(Case { id, server_name: "{app}", bytes: bytes.into(), expected: expected.clone() });
        }
    }

    /// The same over a handshake for another host.
    fn entry_at<B: Into<Vec<u8>>>(
        &mut self,
        number: u16,
        server_name: &'static str,
        expected: &Expected,
        inputs: impl IntoIterator<Item = B>,
    ) {
        let first = self.cases.len();
        self.entry(number, expected, inputs);
        for case in self.cases.iter_mut().skip(first) {
            case.server_name = server_name;
        }
    }
}

/// A GET of a raw target by the signed-in person.
fn get(target: impl AsRef<[u8]>) -> Vec<u8> {
    [b"GET ", target.as_ref(), b" HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n\r\n"].concat()
}

/// A GET of `/` with further field lines, as they are (each with its own line end).
fn with(lines: impl AsRef<[u8]>) -> Vec<u8> {
    [b"GET / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\n", lines.as_ref(), b"\r\n"].concat()
}

/// A POST to `/` with further field lines and what follows the head. It names its case, for bodies that break midway reach
/// the origin in part, and late.
fn post(lines: impl AsRef<[u8]>, rest: impl AsRef<[u8]>) -> Vec<u8> {
    [
        b"POST / HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\nX-Case: {case}\r\n",
        lines.as_ref(),
        b"\r\n",
        rest.as_ref(),
    ]
    .concat()
}

const R400: Expected = Expected::Refused(&[400]);
