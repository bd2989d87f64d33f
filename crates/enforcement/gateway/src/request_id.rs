//! Request identifiers: 48 bits of time and 80 random bits, in 26 characters of Crockford's base 32.

use std::cell::RefCell;

use arcstr::ArcStr;
use sekisho_model::{RequestId, Timestamp};

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes, taken for many identifiers at once: asking for ten costs as much as asking for ten times fifty.
struct Reserve {
    bytes: [u8; 10 * 50],
    used: usize,
}

thread_local! {
    static RESERVE: RefCell<Reserve> = const { RefCell::new(Reserve { bytes: [0; 500], used: 500 }) };
}

impl Reserve {
    /// Ten bytes that nobody has had. Zeros when the system gives none.
    fn take(&mut self) -> [u8; 10] {
        if self.used >= self.bytes.len() {
            self.used = 0;
            if aws_lc_rs::rand::fill(&mut self.bytes).is_err() {
                // Identifiers are for finding things again, not secrets: time alone still does that.
                tracing::error!("the system gives no randomness");
                self.used = self.bytes.len();
                return [0; 10];
            }
        }
        let next = self.bytes.get(self.used..).and_then(<[u8]>::first_chunk).copied();
        self.used += 10;
        next.unwrap_or_default()
    }
}

/// A new identifier. They sort by time; nobody can guess one.
pub fn new(now: Timestamp) -> RequestId {
    let random = RESERVE.with_borrow_mut(Reserve::take);
    let mut bits = u128::from(now.as_millis().unsigned_abs()) << 80;
    bits |= random.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte));
    let mut text = [0; 26];
    for (place, digit) in text.iter_mut().rev().enumerate() {
        let index = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
        *digit = DIGITS.get(index).copied().unwrap_or(b'0');
    }
    RequestId::new(ArcStr::from(std::str::from_utf8(&text).unwrap_or("0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_new_and_sort_by_time() {
        let (a, b) = (new(Timestamp::from_millis(1)), new(Timestamp::from_millis(1)));
        assert_ne!(a, b);
        let many: std::collections::HashSet<RequestId> = (0..1000).map(|_| new(Timestamp::from_millis(1))).collect();
        assert_eq!(many.len(), 1000);
        assert!(a.as_str() < new(Timestamp::from_millis(2)).as_str());
        assert_eq!(a.as_str().len(), 26);
        assert!(a.as_str().starts_with("0000000001"), "{a}");
    }
}
