//! The body's framing, read as strictly as the head: exactly the bytes that belong to it, no more.

use bytes::{Buf as _, Bytes, BytesMut};

use crate::Malformed;
use crate::head::BodyFraming;

/// Reads one body out of the bytes of a connection.
#[derive(Debug)]
pub struct BodyReader(State);

#[derive(Debug)]
enum State {
    /// Bytes of a known length are left.
    Length(u64),
    /// A chunk's size line comes next.
    Size,
    /// Bytes of a chunk are left.
    Data(u64),
    /// The CR LF after a chunk's bytes comes next.
    DataEnd,
    /// Trailer lines come next; so many bytes of them were seen.
    Trailers(usize),
    /// Nothing is left.
    Done,
}

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyPart {
    /// Bytes of the body.
    Data(Bytes),
    /// More bytes must arrive first.
    Incomplete,
    /// The body is over. What follows is the next request's.
    End,
}

/// Trailers are dropped, and need no more room than this.
const MOST_TRAILERS: usize = 8 * 1024;
/// Hexadecimal digits of a chunk's size.
const MOST_DIGITS: usize = 15;

impl BodyReader {
    /// A reader for a body of that framing.
    #[must_use]
    pub const fn new(framing: BodyFraming) -> Self {
        Self(match framing {
            BodyFraming::None | BodyFraming::Length(0) => State::Done,
            BodyFraming::Length(length) => State::Length(length),
            BodyFraming::Chunked => State::Size,
        })
    }

    /// Whether the body is over.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.0, State::Done)
    }

    /// Takes the next part of the body off the front of `bytes`.
    ///
    /// # Errors
    /// [`Malformed::Chunk`] when a chunk breaks the grammar: sizes are plain hexadecimal, there are no extensions, lines
    /// end in CR LF.
    pub fn next(&mut self, bytes: &mut BytesMut) -> Result<BodyPart, Malformed> {
        loop {
            match self.0 {
                State::Done => return Ok(BodyPart::End),
                State::Length(mut left) => {
                    let data = take(bytes, &mut left);
                    self.0 = if left == 0 { State::Done } else { State::Length(left) };
                    return Ok(data.map_or(BodyPart::Incomplete, BodyPart::Data));
                }
                State::Size => {
                    let Some(size) = size_line(bytes)? else { return Ok(BodyPart::Incomplete) };
                    self.0 = if size == 0 { State::Trailers(0) } else { State::Data(size) };
                }
                State::Data(mut left) => {
                    let data = take(bytes, &mut left);
                    self.0 = if left == 0 { State::DataEnd } else { State::Data(left) };
                    return Ok(data.map_or(BodyPart::Incomplete, BodyPart::Data));
                }
                State::DataEnd => {
                    if !line_end(bytes)? {
                        return Ok(BodyPart::Incomplete);
                    }
                    self.0 = State::Size;
                }
                State::Trailers(seen) => match trailer_line(bytes, seen)? {
                    None => return Ok(BodyPart::Incomplete),
                    Some(2) => self.0 = State::Done,
                    Some(length) => self.0 = State::Trailers(seen + length),
                },
            }
        }
    }
}

/// Takes what is there of the bytes that are left; `None` when nothing is there.
pub(crate) fn take(bytes: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    if bytes.is_empty() {
        return None;
    }
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    *left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
    // What is asked for whole goes without a look at the counts of who shares the buffer.
    Some(if length == bytes.len() { bytes.split() } else { bytes.split_to(length) }.freeze())
}

/// Takes the size line of a chunk; `None` when it is not whole.
pub(crate) fn size_line(bytes: &mut BytesMut) -> Result<Option<u64>, Malformed> {
    let digits = bytes.iter().take(MOST_DIGITS + 1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits > MOST_DIGITS || (digits == 0 && !bytes.is_empty()) {
        return Err(Malformed::Chunk);
    }
    // INVARIANT I-6: after the digits comes CR LF; extensions and lone line ends are where chunk parsers differ.
    match (bytes.get(digits), bytes.get(digits + 1)) {
        (None, _) | (Some(b'\r'), None) => return Ok(None),
        (Some(b'\r'), Some(b'\n')) => {}
        _ => return Err(Malformed::Chunk),
    }
    let text = bytes.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(Malformed::Chunk)?;
    let size = u64::from_str_radix(text, 16).map_err(|_| Malformed::Chunk)?;
    bytes.advance(digits + 2);
    Ok(Some(size))
}

/// Takes the CR LF behind a chunk; whether it was there.
pub(crate) fn line_end(bytes: &mut BytesMut) -> Result<bool, Malformed> {
    match (bytes.first(), bytes.get(1)) {
        (None, _) | (Some(b'\r'), None) => Ok(false),
        (Some(b'\r'), Some(b'\n')) => {
            bytes.advance(2);
            Ok(true)
        }
        _ => Err(Malformed::Chunk),
    }
}

/// The length of the first line with its end; `None` when it is not whole.
pub(crate) fn line_length(bytes: &[u8], most: usize) -> Result<Option<usize>, Malformed> {
    let end = bytes.iter().take(most).position(|byte| matches!(byte, b'\r' | b'\n'));
    let Some(end) = end else {
        return if bytes.len() < most { Ok(None) } else { Err(Malformed::Chunk) };
    };
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), None) => Ok(None),
        (Some(b'\r'), Some(b'\n')) => Ok(Some(end + 2)),
        _ => Err(Malformed::Chunk),
    }
}

/// Takes one trailer line and gives its length with its end; 2 is the empty line.
fn trailer_line(bytes: &mut BytesMut, seen: usize) -> Result<Option<usize>, Malformed> {
    let Some(length) = line_length(bytes, MOST_TRAILERS.saturating_sub(seen))? else { return Ok(None) };
    let line = bytes.get(..length - 2).unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let plain_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let plain = line.is_empty() || (plain_name && name.len() < line.len());
    if !plain || !line.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Err(Malformed::Chunk);
    }
    bytes.advance(length);
    Ok(Some(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that one body gives when its bytes arrive in pieces of that size.
    fn read(framing: BodyFraming, input: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>, bool), Malformed> {
        let (mut reader, mut bytes, mut out) = (BodyReader::new(framing), BytesMut::new(), Vec::new());
        let mut pieces = input.chunks(piece.max(1));
        loop {
            match reader.next(&mut bytes)? {
                BodyPart::Data(data) => out.extend_from_slice(&data),
                BodyPart::End => {
                    let rest = pieces.flatten().copied();
                    return Ok((out, bytes.iter().copied().chain(rest).collect(), true));
                }
                BodyPart::Incomplete => match pieces.next() {
                    Some(piece) => bytes.extend_from_slice(piece),
                    None => return Ok((out, bytes.to_vec(), false)),
                },
            }
        }
    }

    #[test]
    fn i6_a_body_is_exactly_its_bytes() {
        for piece in 1..20 {
            let chunked = b"5\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: a\r\n\r\nGET /";
            assert_eq!(read(BodyFraming::Chunked, chunked, piece), Ok((b"hello!".to_vec(), b"GET /".to_vec(), true)));
            assert_eq!(read(BodyFraming::Length(3), b"abcGET", piece), Ok((b"abc".to_vec(), b"GET".to_vec(), true)));
        }
        assert_eq!(read(BodyFraming::None, b"GET", 1), Ok((vec![], b"GET".to_vec(), true)));
        assert_eq!(read(BodyFraming::Length(9), b"abc", 2), Ok((b"abc".to_vec(), vec![], false)));
    }

    #[test]
    fn i6_a_chunk_that_parsers_read_differently_is_refused() {
        let bad: [&[u8]; 22] = [
            b"5;\0a\r\nhello\r\n0\r\n\r\n",
            b"5;a\r\r\nb",
            b"5;\r\nhello\r\n",
            b"5;a=b\r\nhello\r\n",
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"0\n\n",
            b"5\r\nhelloXX\r\n0\r\n\r\n",
            b"0x5\r\nhello\r\n",
            b"+5\r\nhello\r\n",
            b"-5\r\nhello\r\n",
            b" 5\r\nhello\r\n",
            b"5 \r\nhello\r\n",
            b"\r\nhello\r\n",
            b"5\r\nhello\r\r\n0\r\n\r\n",
            b"1000000000000000\r\n",
            b"00000000000000005\r\nhello\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n: a\r\n\r\n",
            b"0\r\nX: a\n\r\n",
            b"0\r\nX_Y: a\r\n\r\n",
            b"g\r\n",
        ];
        for bytes in bad {
            for piece in [1, 2, 1000] {
                assert_eq!(read(BodyFraming::Chunked, bytes, piece), Err(Malformed::Chunk), "{bytes:?}");
            }
        }
    }

    #[test]
    fn trailers_are_bounded() {
        let endless = [b"0\r\n".to_vec(), b"x: y\r\n".repeat(5000)].concat();
        assert_eq!(read(BodyFraming::Chunked, &endless, 100), Err(Malformed::Chunk));
    }

    proptest::proptest! {
        #[test]
        fn i6_pieces_do_not_change_what_is_read(
            input in "([0-9a]{1,2}\r\n)?[a-c\r\n0:;]{0,30}(0\r\n\r\n)?", a in 1_usize..9, b in 1_usize..9,
        ) {
            let whole = read(BodyFraming::Chunked, input.as_bytes(), a);
            proptest::prop_assert_eq!(whole, read(BodyFraming::Chunked, input.as_bytes(), b));
        }
    }
}
