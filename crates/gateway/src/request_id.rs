//! Request identifiers: 48 bits of time and 80 random bits, in 26 characters of Crockford's base 32.

use arcstr::ArcStr;
use sekisho_model::{RequestId, Timestamp};

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new identifier. They sort by time; nobody can guess one.
pub(crate) fn new(now: Timestamp) -> RequestId {
    let mut random = [0; 10];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        // Identifiers are for finding things again, not secrets: time alone still does that.
        tracing::error!("the system gives no randomness");
    }
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
        assert!(a.as_str() < new(Timestamp::from_millis(2)).as_str());
        assert_eq!(a.as_str().len(), 26);
        assert!(a.as_str().starts_with("0000000001"), "{a}");
    }
}
