//! What one server does to a path before it looks anything up: each step by itself.

/// How escapes become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoding {
    /// Each escape becomes its byte.
    Whole,
    /// The same, and then overlong forms of UTF-8 become the character that they stand for.
    Overlong,
    /// Each escape but those of `/` and `\`: servers that split a path before they decode its segments.
    BySegment,
}

/// Decodes each escape once. What is no escape stays.
pub(super) fn decode(raw: &[u8], decoding: Decoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        let escaped = (*byte == b'%').then(|| after.get(..2).and_then(hex)).flatten();
        match escaped {
            Some(b'/' | b'\\') if decoding == Decoding::BySegment => {
                out.extend_from_slice(rest.get(..3).unwrap_or_default());
                rest = rest.get(3..).unwrap_or_default();
            }
            Some(value) => {
                out.push(value);
                rest = rest.get(3..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    if decoding == Decoding::Overlong { shorten(&out) } else { out }
}

fn hex(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(text, 16).ok()
}

/// Overlong UTF-8 as lenient decoders read it: two to four bytes for an ASCII character.
fn shorten(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        let (value, length) = match rest {
            [0xc0 | 0xc1, low @ 0x80..=0xbf, ..] => ((byte & 1) << 6 | (low & 0x3f), 2),
            [0xe0, high @ (0x80 | 0x81), low @ 0x80..=0xbf, ..] => ((high & 1) << 6 | (low & 0x3f), 3),
            [0xf0, 0x80, high @ (0x80 | 0x81), low @ 0x80..=0xbf, ..] => ((high & 1) << 6 | (low & 0x3f), 4),
            _ => (*byte, 1),
        };
        out.push(value);
        rest = if length == 1 { after } else { rest.get(length..).unwrap_or_default() };
    }
    out
}

/// Cuts parameters off: from `;` to the end of each segment.
pub(super) fn without_parameters(path: &[u8]) -> Vec<u8> {
    by_segment(path, |segment| segment.split(|byte| *byte == b';').next().unwrap_or_default())
}

/// Takes dots and blanks off the end of each segment, as file systems of Windows do.
pub(super) fn trimmed(path: &[u8]) -> Vec<u8> {
    by_segment(path, |mut segment| {
        while let [rest @ .., b'.' | b' '] = segment {
            segment = rest;
        }
        segment
    })
}

/// Reads backslashes as slashes.
pub(super) fn with_slashes(path: &[u8]) -> Vec<u8> {
    path.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
}

/// Merges slashes that follow each other.
pub(super) fn merged(path: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    for byte in path {
        if *byte != b'/' || out.last() != Some(&b'/') {
            out.push(*byte);
        }
    }
    out
}

/// Cuts off what a server that parses a decoded path once more takes for a query or a fragment.
pub(super) fn without_query(path: &[u8]) -> Vec<u8> {
    path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default().to_vec()
}

fn by_segment(path: &[u8], keep: impl Fn(&[u8]) -> &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    for (number, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if number > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(keep(segment));
    }
    out
}
