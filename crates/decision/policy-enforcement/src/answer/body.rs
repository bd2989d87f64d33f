//! The body of an answer: exactly the bytes that belong to it, and the fields behind it.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use memchr::memchr;

use super::{AnswerFraming, BrokenAnswer};
use crate::body::{line_end, line_length, size_line, take};

/// Bytes of the fields behind a body.
const MOST_TRAILERS: usize = 16 * 1024;
/// Fields behind a body.
const MOST_TRAILER_FIELDS: usize = 100;

/// Reads the body of one answer out of the bytes of a connection.
#[derive(Debug)]
pub struct AnswerBody(State);

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
    /// Trailer lines come next.
    Trailers(Box<Trailers>),
    /// Everything until the connection ends.
    Close,
    /// Nothing is left.
    Done,
}

#[derive(Debug, Default)]
struct Trailers {
    fields: HeaderMap,
    bytes: usize,
}

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub enum AnswerPart {
    /// Bytes of the body.
    Data(Bytes),
    /// The fields behind it; nothing follows them.
    Trailers(HeaderMap),
    /// More bytes must arrive first.
    Incomplete,
    /// The body is over.
    End,
}

impl AnswerBody {
    /// A reader for a body of that framing.
    #[must_use]
    pub const fn new(framing: AnswerFraming) -> Self {
        Self(match framing {
            AnswerFraming::None | AnswerFraming::Length(0) => State::Done,
            AnswerFraming::Length(length) => State::Length(length),
            AnswerFraming::Chunked => State::Size,
            AnswerFraming::Close => State::Close,
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
    /// A chunk or a field behind the body that breaks the grammar. Sizes are plain hexadecimal, without extensions.
    pub fn next(&mut self, bytes: &mut BytesMut) -> Result<AnswerPart, BrokenAnswer> {
        loop {
            match &mut self.0 {
                State::Done => return Ok(AnswerPart::End),
                State::Close if bytes.is_empty() => return Ok(AnswerPart::Incomplete),
                State::Close => return Ok(AnswerPart::Data(bytes.split().freeze())),
                State::Length(left) | State::Data(left) => {
                    let Some(data) = take(bytes, left) else { return Ok(AnswerPart::Incomplete) };
                    if *left == 0 {
                        self.0 = if matches!(self.0, State::Data(_)) { State::DataEnd } else { State::Done };
                    }
                    return Ok(AnswerPart::Data(data));
                }
                State::Size => {
                    let size = size_line(bytes).map_err(|_| BrokenAnswer::Chunk)?;
                    let Some(size) = size else { return Ok(AnswerPart::Incomplete) };
                    self.0 = if size == 0 { State::Trailers(Box::default()) } else { State::Data(size) };
                }
                State::DataEnd => {
                    if !line_end(bytes).map_err(|_| BrokenAnswer::Chunk)? {
                        return Ok(AnswerPart::Incomplete);
                    }
                    self.0 = State::Size;
                }
                State::Trailers(trailers) => {
                    if !trailers.read(bytes)? {
                        return Ok(AnswerPart::Incomplete);
                    }
                    let fields = std::mem::take(&mut trailers.fields);
                    self.0 = State::Done;
                    return Ok(if fields.is_empty() { AnswerPart::End } else { AnswerPart::Trailers(fields) });
                }
            }
        }
    }

    /// The connection ended.
    ///
    /// # Errors
    /// The body does not end with its connection, and something of it is missing.
    pub fn ended(&mut self) -> Result<(), BrokenAnswer> {
        match self.0 {
            State::Close | State::Done => {
                self.0 = State::Done;
                Ok(())
            }
            _ => Err(BrokenAnswer::EndedEarly),
        }
    }
}

impl Trailers {
    /// Reads the lines that are there; whether that were all.
    fn read(&mut self, bytes: &mut BytesMut) -> Result<bool, BrokenAnswer> {
        loop {
            let most = MOST_TRAILERS.saturating_sub(self.bytes);
            let Some(length) = line_length(bytes, most).map_err(|_| BrokenAnswer::Trailers)? else { return Ok(false) };
            let line = bytes.split_to(length);
            let line = line.strip_suffix(b"\r\n").unwrap_or_default();
            if line.is_empty() {
                return Ok(true);
            }
            self.bytes += length;
            if self.fields.len() >= MOST_TRAILER_FIELDS {
                return Err(BrokenAnswer::Trailers);
            }
            let (name, value) = field(line).ok_or(BrokenAnswer::Trailers)?;
            self.fields.append(name, value);
        }
    }
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_at_checked(memchr(b':', line)?)?;
    let name = HeaderName::from_bytes(name).ok()?;
    let value = HeaderValue::from_bytes(value.strip_prefix(b":")?.trim_ascii()).ok()?;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (Vec<u8>, Option<HeaderMap>, Vec<u8>, bool);

    /// Everything that one body gives when its bytes arrive in pieces of that size, and what was left over.
    fn read(framing: AnswerFraming, input: &[u8], piece: usize) -> Result<Read, BrokenAnswer> {
        let (mut reader, mut bytes, mut out) = (AnswerBody::new(framing), BytesMut::new(), Vec::new());
        let (mut pieces, mut trailers) = (input.chunks(piece.max(1)), None);
        loop {
            match reader.next(&mut bytes)? {
                AnswerPart::Data(data) => out.extend_from_slice(&data),
                AnswerPart::Trailers(fields) => trailers = Some(fields),
                AnswerPart::End => {
                    let rest = pieces.flatten().copied();
                    return Ok((out, trailers, bytes.iter().copied().chain(rest).collect(), true));
                }
                AnswerPart::Incomplete => match pieces.next() {
                    Some(piece) => bytes.extend_from_slice(piece),
                    None => return reader.ended().map(|()| (out, trailers, bytes.to_vec(), reader.is_done())),
                },
            }
        }
    }

    #[test]
    fn i6_the_body_of_an_answer_is_exactly_its_bytes() {
        for piece in 1..30 {
            let chunked = b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nHTTP/1.1 200";
            let plain = (b"hello!".to_vec(), None, b"HTTP/1.1 200".to_vec(), true);
            assert_eq!(read(AnswerFraming::Chunked, chunked, piece), Ok(plain));
            let trailed = read(AnswerFraming::Chunked, b"1\r\na\r\n0\r\nX-Sum: 1 \r\nX_Y:2\r\n\r\nrest", piece);
            let (body, trailers, rest, _) = trailed.expect("a body");
            assert_eq!((body, rest), (b"a".to_vec(), b"rest".to_vec()));
            assert_eq!(format!("{:?}", trailers.expect("trailers")), r#"{"x-sum": "1", "x_y": "2"}"#);
            let length = (b"abc".to_vec(), None, b"HTTP".to_vec(), true);
            assert_eq!(read(AnswerFraming::Length(3), b"abcHTTP", piece), Ok(length));
            let close = (b"abc\r\n".to_vec(), None, vec![], true);
            assert_eq!(read(AnswerFraming::Close, b"abc\r\n", piece), Ok(close));
        }
        assert_eq!(read(AnswerFraming::None, b"HTTP", 1), Ok((vec![], None, b"HTTP".to_vec(), true)));
        for (framing, input) in [
            (AnswerFraming::Length(4), b"abc".as_slice()),
            (AnswerFraming::Chunked, b"3\r\nabc"),
            (AnswerFraming::Chunked, b"3\r\nabc\r\n"),
            (AnswerFraming::Chunked, b"3\r\nabc\r\n0\r\n"),
            (AnswerFraming::Chunked, b"3\r\nabc\r\n0\r\nX: y\r\n"),
        ] {
            assert_eq!(read(framing, input, 2), Err(BrokenAnswer::EndedEarly), "{input:?}");
        }
    }

    #[test]
    fn i6_a_chunk_that_readers_take_differently_is_refused() {
        let bad: [(&[u8], BrokenAnswer); 15] = [
            (b"zz\r\n", BrokenAnswer::Chunk),
            (b"5;a=b\r\nhello\r\n", BrokenAnswer::Chunk),
            (b"5\nhello\r\n", BrokenAnswer::Chunk),
            (b"5\r\nhello\n0\r\n\r\n", BrokenAnswer::Chunk),
            (b"5\r\nhelloXX\r\n", BrokenAnswer::Chunk),
            (b"0x5\r\nhello\r\n", BrokenAnswer::Chunk),
            (b"-5\r\nhello\r\n", BrokenAnswer::Chunk),
            (b" 5\r\nhello\r\n", BrokenAnswer::Chunk),
            (b"\r\nhello\r\n", BrokenAnswer::Chunk),
            (b"1000000000000000\r\n", BrokenAnswer::Chunk),
            (b"0\r\nX\r\n\r\n", BrokenAnswer::Trailers),
            (b"0\r\n: a\r\n\r\n", BrokenAnswer::Trailers),
            (b"0\r\nX : a\r\n\r\n", BrokenAnswer::Trailers),
            (b"0\r\nX: a\n\r\n", BrokenAnswer::Trailers),
            (b"0\r\n X: a\r\n\r\n", BrokenAnswer::Trailers),
        ];
        for (bytes, rule) in bad {
            for piece in [1, 2, 1000] {
                assert_eq!(read(AnswerFraming::Chunked, bytes, piece), Err(rule), "{bytes:?}");
            }
        }
        let endless = [b"0\r\n".to_vec(), b"x: y\r\n".repeat(5000)].concat();
        assert_eq!(read(AnswerFraming::Chunked, &endless, 100), Err(BrokenAnswer::Trailers));
    }

    proptest! {
        #[test]
        fn i6_pieces_do_not_change_what_is_read(
            input in "([0-9a]{1,2}\r\n)?[a-c\r\n0:;]{0,30}(0\r\n(x: y\r\n)?\r\n)?", a in 1_usize..9, b in 1_usize..9,
        ) {
            let whole = read(AnswerFraming::Chunked, input.as_bytes(), a);
            prop_assert_eq!(whole, read(AnswerFraming::Chunked, input.as_bytes(), b));
        }
    }
}
