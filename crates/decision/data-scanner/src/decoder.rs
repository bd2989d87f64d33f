//! Bytes as they are stored or sent to text: gzip or not, UTF-8 or Shift_JIS, within bounds.

use std::io::Write as _;

use encoding_rs::{DecoderResult, SHIFT_JIS, UTF_8};
use flate2::write::MultiGzDecoder;

/// The character encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Shift_JIS as Windows writes it.
    ShiftJis,
}

impl Encoding {
    /// The encoding that a label (`charset`) names. `None` for one that is not read.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        match encoding_rs::Encoding::for_label(label.as_bytes())? {
            known if known == UTF_8 => Some(Self::Utf8),
            known if known == SHIFT_JIS => Some(Self::ShiftJis),
            _ => None,
        }
    }

    const fn known(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::ShiftJis => SHIFT_JIS,
        }
    }

    /// The text in this encoding.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        self.known().encode(text).0.into_owned()
    }
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// The compressed data is damaged or cut off.
    #[error("the gzip data is damaged")]
    Gzip,
    /// More than the bound comes out of the compressed data.
    #[error("more comes out of the gzip data than is read")]
    TooLarge,
    /// It is neither UTF-8 nor Shift_JIS.
    #[error("the bytes are no text in UTF-8 or Shift_JIS")]
    NoText,
}

/// How much of the beginning says which encoding it is, in bytes.
const BEGINNING: usize = 4096;
/// How many bytes come out of compressed data at most for each that went in, beyond the first mebibyte.
const MOST_RATIO: u64 = 200;
const FREE: u64 = 1024 * 1024;

/// Turns bytes into text as they come.
pub struct Decoder {
    encoding: Option<Encoding>,
    text: Option<(Encoding, encoding_rs::Decoder)>,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    waiting: Vec<u8>,
    begun: bool,
    bytes_in: u64,
    bytes_out: u64,
}

impl Decoder {
    /// A decoder of text in this encoding; without one, the beginning says which.
    #[must_use]
    pub const fn new(encoding: Option<Encoding>) -> Self {
        Self { encoding, text: None, gzip: None, waiting: Vec::new(), begun: false, bytes_in: 0, bytes_out: 0 }
    }

    /// The encoding, once it is known.
    #[must_use]
    pub fn encoding(&self) -> Option<Encoding> {
        self.text.as_ref().map(|(encoding, _)| *encoding)
    }

    /// Takes more bytes. The text that they make is appended.
    ///
    /// # Errors
    /// [`Undecodable`]: nothing more can be read.
    pub fn push(&mut self, bytes: &[u8], text: &mut String) -> Result<(), Undecodable> {
        self.bytes_in += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !self.begun {
            self.waiting.extend_from_slice(bytes);
            if self.waiting.len() < 2 {
                return Ok(());
            }
            self.begun = true;
            let bytes = std::mem::take(&mut self.waiting);
            self.gzip = bytes.starts_with(&[0x1F, 0x8B]).then(|| MultiGzDecoder::new(Vec::new()));
            return self.inflate(&bytes, text);
        }
        self.inflate(bytes, text)
    }

    /// Takes the end.
    ///
    /// # Errors
    /// As [`Decoder::push`].
    pub fn finish(&mut self, text: &mut String) -> Result<(), Undecodable> {
        if let Some(mut gzip) = self.gzip.take() {
            gzip.try_finish().map_err(|_| Undecodable::Gzip)?;
            let rest = std::mem::take(gzip.get_mut());
            self.decode(&rest, false, text)?;
        }
        self.decode(&[], true, text)
    }

    fn inflate(&mut self, bytes: &[u8], text: &mut String) -> Result<(), Undecodable> {
        let Some(mut gzip) = self.gzip.take() else { return self.decode(bytes, false, text) };
        // In parts: a small one can make much.
        for part in bytes.chunks(512) {
            gzip.write_all(part).map_err(|_| Undecodable::Gzip)?;
            let plain = std::mem::take(gzip.get_mut());
            self.bytes_out += u64::try_from(plain.len()).unwrap_or(u64::MAX);
            if self.bytes_out > FREE.saturating_add(self.bytes_in.saturating_mul(MOST_RATIO)) {
                return Err(Undecodable::TooLarge);
            }
            self.decode(&plain, false, text)?;
        }
        self.gzip = Some(gzip);
        Ok(())
    }

    fn decode(&mut self, bytes: &[u8], is_last: bool, text: &mut String) -> Result<(), Undecodable> {
        if let Some((_, decoder)) = &mut self.text {
            return decode(decoder, bytes, is_last, text);
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() < BEGINNING && !is_last && self.encoding.is_none() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let encoding = self.encoding.unwrap_or_else(|| guess(&waiting));
        let (_, decoder) = self.text.insert((encoding, encoding.known().new_decoder_with_bom_removal()));
        decode(decoder, &waiting, is_last, text)
    }
}

/// UTF-8, unless the beginning breaks its rules before its last character.
fn guess(beginning: &[u8]) -> Encoding {
    match std::str::from_utf8(beginning) {
        Err(error) if error.error_len().is_some() => Encoding::ShiftJis,
        _ => Encoding::Utf8,
    }
}

fn decode(
    decoder: &mut encoding_rs::Decoder,
    mut bytes: &[u8],
    is_last: bool,
    text: &mut String,
) -> Result<(), Undecodable> {
    loop {
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or(Undecodable::TooLarge)?;
        text.reserve(room);
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, text, is_last);
        bytes = bytes.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return Ok(()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return Err(Undecodable::NoText),
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("encoding", &self.encoding()).finish_non_exhaustive()
    }
}
