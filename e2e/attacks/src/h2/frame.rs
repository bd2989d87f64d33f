//! Frames and header blocks, as they are written and read.

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream.
    pub stream: u32,
    /// Its payload.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The first frame of these bytes, and how long it is.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let [a, b, c, kind, flags, s, t, u, v] = *bytes.first_chunk::<9>()?;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        let payload = bytes.get(9..9 + length)?.to_vec();
        Some((Self { kind, flags, stream: u32::from_be_bytes([s & 0x7f, t, u, v]), payload }, 9 + length))
    }

    /// The number at the end of a RST_STREAM, or behind the last stream of a GOAWAY.
    #[must_use]
    pub fn code(&self) -> u32 {
        let at = if self.kind == 7 { 4 } else { 0 };
        let bytes = self.payload.get(at..).and_then(|rest| rest.first_chunk::<4>());
        bytes.map_or(u32::MAX, |bytes| u32::from_be_bytes(*bytes))
    }

    /// The `:status` of a header block that uses no dynamic table: its first field.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let mut block = self.payload.as_slice();
        // Updates of the table's size come first.
        while block.first().is_some_and(|byte| byte & 0xe0 == 0x20) {
            block = block.get(1..)?;
        }
        let (first, rest) = block.split_first()?;
        match first {
            0x88 => Some(200),
            0x89 => Some(204),
            0x8a => Some(206),
            0x8b => Some(304),
            0x8c => Some(400),
            0x8d => Some(404),
            0x8e => Some(500),
            _ => {
                let (length, rest) = rest.split_first()?;
                let value = rest.get(..usize::from(length & 0x7f))?;
                if length & 0x80 == 0 { std::str::from_utf8(value).ok()?.parse().ok() } else { digits(value) }
            }
        }
    }
}

/// Three digits in the Huffman code of RFC 7541: 0, 1 and 2 have five bits, the others six.
fn digits(coded: &[u8]) -> Option<u16> {
    let mut bits = coded.iter().flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
    let mut number = 0;
    for _ in 0..3 {
        let five = (0..5).try_fold(0, |code, _| Some(code << 1 | bits.next()?))?;
        let digit = if five < 3 { five } else { (five << 1 | bits.next()?).checked_sub(0x16)? };
        number = number * 10 + digit;
    }
    Some(number)
}

/// A frame's bytes.
#[must_use]
pub fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let [s, t, u, v] = stream.to_be_bytes();
    [&[a, b, c, kind, flags, s, t, u, v], payload].concat()
}

/// A field, literal, with its name written out, without indexing and without Huffman code.
#[must_use]
pub fn field(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    [&[0][..], &string(name.as_ref()), &string(value.as_ref())].concat()
}

/// A header block of such fields.
#[must_use]
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| field(name, value)).collect()
}

fn string(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match u8::try_from(text.len()) {
        Ok(length) if length < 127 => out.push(length),
        _ => {
            let mut rest = text.len() - 127;
            out.push(127);
            while rest >= 128 {
                out.push(0x80 | u8::try_from(rest % 128).unwrap_or(0));
                rest /= 128;
            }
            out.push(u8::try_from(rest).unwrap_or(0));
        }
    }
    out.extend_from_slice(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes = frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 11]);
        let (read, length) = Frame::read(&bytes).expect("a frame");
        assert_eq!((read.code(), length), (11, bytes.len()));
        assert!(Frame::read(&bytes[..10]).is_none());
    }

    #[test]
    fn statuses_are_read_in_every_form() {
        let status = |payload: &[u8]| Frame { kind: 1, flags: 4, stream: 1, payload: payload.to_vec() }.status();
        assert_eq!(status(&[0x20, 0x88]), Some(200));
        assert_eq!(status(&[0x48, 3, b'4', b'0', b'3']), Some(403));
        // RFC 7541, C.6.1: "302" is 64 02 in Huffman code.
        assert_eq!(status(&[0x48, 0x82, 0x64, 0x02]), Some(302));
        // RFC 7541, C.6.2: "307" is 64 0e ff.
        assert_eq!(status(&[0x48, 0x83, 0x64, 0x0e, 0xff]), Some(307));
    }

    #[test]
    fn long_strings_have_long_lengths() {
        assert_eq!(string(&[b'a'; 126])[0], 126);
        assert_eq!(string(&[b'a'; 127])[..2], [127, 0]);
        assert_eq!(string(&[b'a'; 1337])[..3], [127, 0xba, 0x09]);
    }
}
