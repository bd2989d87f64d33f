//! The filter: bytes of an answer in, bytes with masked values out, with a bounded window between.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use sekisho_data_scanner::{Decoder, Encoding, Piece, Scanner, mask};
use zeroize::Zeroizing;

use crate::Unreadable;
use crate::media::{Reading, reading};

/// The longest server-sent event, in bytes.
const EVENT: usize = 1024 * 1024;

/// Masks an answer while it passes.
pub struct Filter {
    reading: Reading,
    decoder: Decoder,
    scanner: Scanner,
    /// What is decoded and not yet looked at.
    text: Zeroizing<String>,
    masked: u64,
}

/// The answer turned out to be no text. Nothing more of it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no text in the encoding that it states")]
pub struct Stopped;

impl Filter {
    /// The filter for an answer with this head. `None` for one that passes as it is: it holds no records.
    ///
    /// # Errors
    /// [`Unreadable`]: the answer must not pass.
    // INVARIANT I-39: an answer that must be masked passes through the filter, holds no records by its type, or is refused.
    pub fn of(status: StatusCode, fields: &HeaderMap) -> Result<Option<Self>, Unreadable> {
        let reading = reading(status, fields)?;
        Ok(reading.map(|reading| Self {
            reading,
            decoder: Decoder::new(reading.encoding),
            scanner: Scanner::new(reading.format),
            text: Zeroizing::default(),
            masked: 0,
        }))
    }

    /// Takes bytes of the answer. Returns what may go on: it may be nothing.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Bytes, Stopped> {
        self.decoder.push(bytes, &mut self.text).map_err(|_| Stopped)?;
        if !self.reading.is_events {
            let text = std::mem::take(&mut self.text);
            return Ok(self.pass(&text, false));
        }
        match self.text.rfind("\n\n") {
            Some(end) => {
                let rest = self.text.split_off(end + 2);
                let whole = std::mem::replace(&mut self.text, Zeroizing::new(rest));
                Ok(self.pass(&whole, true))
            }
            None if self.text.len() > EVENT => Err(Stopped),
            None => Ok(Bytes::new()),
        }
    }

    /// Takes the end of the answer. Returns the rest of it.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn finish(&mut self) -> Result<Bytes, Stopped> {
        self.decoder.finish(&mut self.text).map_err(|_| Stopped)?;
        let text = std::mem::take(&mut self.text);
        Ok(self.pass(&text, true))
    }

    /// How many values were masked.
    #[must_use]
    pub const fn masked(&self) -> u64 {
        self.masked
    }

    fn pass(&mut self, text: &str, is_whole: bool) -> Bytes {
        let (mut out, mut masked) = (String::with_capacity(text.len()), 0);
        let mut take = |piece: Piece<'_>| match piece {
            Piece::Clean(text) => out.push_str(text),
            Piece::Found(finding, text) => {
                out.push_str(&mask(finding.kind, text));
                masked += 1;
            }
        };
        self.scanner.push(text, &mut take);
        if is_whole {
            self.scanner.finish(&mut take);
        }
        self.masked += masked;
        match self.decoder.encoding() {
            Some(Encoding::ShiftJis) => Encoding::ShiftJis.encode(&out).into(),
            Some(Encoding::Utf8) | None => out.into(),
        }
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("reading", &self.reading).field("masked", &self.masked).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    const CSV: &str = "氏名,マイナンバー,電話\n佐藤,123456789018,03-1234-5678\n鈴木,983205673214,090-1234-5678\n";
    const MASKED: &str = "氏名,マイナンバー,電話\n佐藤,************,**-****-****\n鈴木,************,***-****-****\n";

    fn filter(media_type: &str) -> Filter {
        let mut fields = HeaderMap::new();
        fields.insert(CONTENT_TYPE, media_type.parse().expect("a value"));
        Filter::of(StatusCode::OK, &fields).expect("readable").expect("a filter")
    }

    fn passed(filter: &mut Filter, bytes: &[u8], part: usize) -> Vec<u8> {
        let mut out: Vec<u8> = bytes.chunks(part).flat_map(|part| filter.push(part).expect("text").to_vec()).collect();
        out.extend_from_slice(&filter.finish().expect("text"));
        out
    }

    #[test]
    fn i39_every_value_is_masked_in_either_encoding_however_the_answer_is_divided() {
        for part in [1, 7, 4096] {
            let mut utf8 = filter("text/csv; charset=utf-8");
            assert_eq!(passed(&mut utf8, CSV.as_bytes(), part), MASKED.as_bytes());
            assert_eq!(utf8.masked(), 4);
            let mut shift_jis = filter("text/csv; charset=Shift_JIS");
            let sent = Encoding::ShiftJis.encode(CSV);
            assert_eq!(passed(&mut shift_jis, &sent, part), Encoding::ShiftJis.encode(MASKED));
        }
    }

    #[test]
    fn an_event_passes_when_it_is_whole() {
        let mut events = filter("text/event-stream");
        assert_eq!(events.push("data: 個人番号 1234567".as_bytes()), Ok(Bytes::new()));
        let whole = events.push("89018\n\ndata: n".as_bytes()).expect("text");
        assert_eq!(whole, "data: 個人番号 ************\n\n".as_bytes());
        assert_eq!(events.finish().expect("text"), "data: n".as_bytes());
    }

    #[test]
    fn i39_what_is_no_text_stops() {
        assert_eq!(filter("text/plain; charset=utf-8").push(&[b'a', 0xFF, 0xFE, b'b']), Err(Stopped));
    }
}
