//! What a byte means to the pass over numbers.

/// What the pass does at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It goes on.
    Other,
    /// It reads a number.
    Digit,
    /// In a table: the next column.
    Delimiter,
    /// In a table: a quoted field begins or ends.
    Quote,
    /// In a table: the next row.
    Newline,
}

/// The classes of all bytes, outside of tables.
pub(crate) const TEXT: [Class; 256] = classes(None);
/// The classes of all bytes in a table with commas.
pub(crate) const COMMAS: [Class; 256] = classes(Some(b','));
/// The classes of all bytes in a table with tabulators.
pub(crate) const TABS: [Class; 256] = classes(Some(b'\t'));

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated at compile time, with bounds checked there"
)]
const fn classes(delimiter: Option<u8>) -> [Class; 256] {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        let at = byte as u8;
        if at.is_ascii_digit() {
            classes[byte] = Class::Digit;
        } else if let Some(delimiter) = delimiter {
            if at == delimiter {
                classes[byte] = Class::Delimiter;
            } else if at == b'"' {
                classes[byte] = Class::Quote;
            } else if at == b'\n' {
                classes[byte] = Class::Newline;
            }
        }
        byte += 1;
    }
    classes
}

/// Whether a byte belongs to a word of ASCII letters, digits and `_`.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
