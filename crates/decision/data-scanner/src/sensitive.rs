//! A value that was found. It is not printed, and is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// How many characters at the end of a number evidence may hold.
const LAST: usize = 4;

/// A value that was found, in its normal form: folded, a number without separators.
// INVARIANT I-37: a value that was found has no text form; what evidence holds is a keyed hash and the last digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(Zeroizing<Vec<u8>>);

impl Sensitive {
    pub(crate) fn new(value: Vec<u8>) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, to be hashed with a key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last digits of a number of at least three times as many; nothing of anything else.
    #[must_use]
    pub fn last_digits(&self) -> &str {
        let is_number = self.0.len() >= LAST * 3 && self.0.iter().all(u8::is_ascii_digit);
        let last = self.0.len().checked_sub(LAST).and_then(|from| self.0.get(from..)).filter(|_| is_number);
        last.and_then(|last| std::str::from_utf8(last).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i37_a_value_is_not_printed_and_shows_only_its_last_digits() {
        let number = Sensitive::new(b"123456789018".to_vec());
        assert!(!format!("{number:?}").contains("9018"));
        assert_eq!(number.last_digits(), "9018");
        for hidden in ["0312345678", "alice@example.jp", "correct horse", ""] {
            assert_eq!(Sensitive::new(hidden.as_bytes().to_vec()).last_digits(), "", "{hidden}");
        }
    }
}
