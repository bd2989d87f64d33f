//! H2: RFC 9113, sections 3 to 8, frame by frame, with the error that the section asks for.

mod connection;
mod fields;
mod frames;
mod streams;

use crate::h2::{H2Case, H2Expected, Names, field, frame, mark};

pub(super) use crate::h2::code::{
    COMPRESSION_ERROR, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, PROTOCOL_ERROR, REFUSED_STREAM,
    STREAM_CLOSED,
};

/// COMPRESSION_ERROR by the book; the library says PROTOCOL_ERROR for some, with the same end.
pub(super) const COMPRESSION: &[u32] = &[COMPRESSION_ERROR, PROTOCOL_ERROR];
/// FRAME_SIZE_ERROR by the book, likewise.
pub(super) const SIZE: &[u32] = &[FRAME_SIZE_ERROR, PROTOCOL_ERROR];
/// FLOW_CONTROL_ERROR by the book, likewise.
pub(super) const FLOW: &[u32] = &[FLOW_CONTROL_ERROR, PROTOCOL_ERROR];

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const WHOLE: u8 = END_STREAM | END_HEADERS;

/// So many frames that ask for nothing: some second has more than the gateway bears, also where it comes to read a few
/// hundred in a second only.
pub(super) const WITHOUT_END: usize = 20_000;

pub(super) fn cases(names: &Names) -> Vec<H2Case> {
    let mut table = Table { names: names.clone(), cases: Vec::new() };
    connection::cases(&mut table);
    streams::cases(&mut table);
    frames::cases(&mut table);
    fields::cases(&mut table);
    table.cases
}

/// Stands for the case's mark in header blocks that are written before it is known: as long, so that no length changes. What
/// breaks midway reaches the origin in part, and late: it must not count for the next case.
const MARK: &[u8; 16] = b"which-case-it-is";

/// Gathers cases, numbering the inputs of each section by letters.
pub(super) struct Table {
    names: Names,
    cases: Vec<H2Case>,
}

impl Table {
    /// One case: what is sent after preface and SETTINGS.
    fn case(&mut self, section: &str, what: &'static str, expected: H2Expected, frames: &[Vec<u8>]) {
        let of_section = format!("H2-{section}");
        let letters = self.cases.iter().filter(|case| case.id.starts_with(&of_section)).count();
        let letter = u8::try_from(letters % 26).map_or('a', |letter| char::from(b'a' + letter));
        let id = format!("{of_section}{}{letter}", "z".repeat(letters / 26));
        let bytes = marked(frames.concat(), mark(&id).as_bytes());
        self.cases.push(H2Case { id, what, bytes, bare: false, midway: false, expected });
    }

    /// One case that shows only in the body of a request that is well so far.
    fn midway(&mut self, section: &str, what: &'static str, expected: H2Expected, frames: &[Vec<u8>]) {
        self.case(section, what, expected, frames);
        if let Some(case) = self.cases.last_mut() {
            case.midway = true;
        }
    }

    /// One case with everything that is sent.
    fn bare(&mut self, section: &str, what: &'static str, expected: H2Expected, bytes: &[u8]) {
        self.case(section, what, expected, &[bytes.to_vec()]);
        if let Some(case) = self.cases.last_mut() {
            case.bare = true;
        }
    }

    /// The pseudo fields of a request, each on its own.
    fn pseudo(&self, method: &str, path: &str) -> [Vec<u8>; 4] {
        [
            field(":method", method),
            field(":scheme", "https"),
            field(":authority", &self.names.app),
            field(":path", path),
        ]
    }

    fn cookie(&self) -> Vec<u8> {
        field("cookie", &self.names.cookie)
    }

    /// The header block of a request by the signed-in person.
    fn block(&self, method: &str, path: &str) -> Vec<u8> {
        [self.pseudo(method, path).concat(), self.cookie(), field("x-case", MARK)].concat()
    }

    /// The same with further fields.
    fn with(&self, more: &[Vec<u8>]) -> Vec<u8> {
        [self.block("GET", "/"), more.concat()].concat()
    }

    /// A whole GET.
    fn get(&self, stream: u32, path: &str) -> Vec<u8> {
        frame(HEADERS, WHOLE, stream, self.block("GET", path))
    }

    /// The head of a POST whose body is to follow.
    fn post(&self, stream: u32) -> Vec<u8> {
        frame(HEADERS, END_HEADERS, stream, self.block("POST", "/"))
    }
}

/// The same bytes with a case's mark put in.
fn marked(mut bytes: Vec<u8>, mark: &[u8]) -> Vec<u8> {
    let places: Vec<usize> =
        bytes.windows(MARK.len()).enumerate().filter(|(_, part)| part == MARK).map(|it| it.0).collect();
    for place in places {
        if let Some(part) = bytes.get_mut(place..place + MARK.len()).filter(|part| part.len() == mark.len()) {
            part.copy_from_slice(mark);
        }
    }
    bytes
}
