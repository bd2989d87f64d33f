//! Randomness and digests.

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_capability::{Entropy, short_code};
use zeroize::Zeroizing;

use crate::{Failure, Secret};

/// Random bytes from the operating system.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, Failure> {
    Entropy::system().bytes().map_err(|_| Failure::Unavailable("get random bytes"))
}

/// A short code for a person to type or compare.
pub(crate) fn short_code() -> Result<String, Failure> {
    short_code::make(Entropy::system()).map_err(|_| Failure::Unavailable("get random bytes"))
}

/// A token of 256 random bits in base64url.
pub(crate) fn token() -> Result<Secret, Failure> {
    Ok(Secret::from(URL_SAFE_NO_PAD.encode(bytes::<32>()?.as_slice())))
}

/// Hexadecimal SHA-256 of a text under a purpose, so that a digest made for one thing is none of another.
pub(crate) fn digest_hex(purpose: &str, text: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(text.as_bytes());
    hex::encode(context.finish())
}

/// The first 16 bytes of a keyed digest of a text under a purpose.
pub(crate) fn keyed(key: &hmac::Key, purpose: &str, text: &str) -> [u8; 16] {
    let mut context = hmac::Context::with_key(key);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(text.as_bytes());
    let tag = context.sign();
    let mut first = [0; 16];
    first.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    first
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A million identifiers as sessions get them: none twice, and every bit is as often set as not.
    #[test]
    fn a_million_identifiers_differ_and_each_of_their_bits_is_even() {
        const COUNT: usize = 1_000_000;
        let (mut seen, mut set) = (HashSet::with_capacity(COUNT), [0_usize; 128]);
        for _ in 0..COUNT {
            let id = *bytes::<16>().expect("random bytes");
            let number = u128::from_be_bytes(id);
            set.iter_mut().enumerate().for_each(|(bit, count)| *count += usize::from(number >> bit & 1 == 1));
            assert!(seen.insert(id), "an identifier came twice");
        }
        // Half of them, give or take seven standard deviations (500 each): chance does that once in billions of runs.
        for (bit, count) in set.iter().enumerate() {
            assert!(count.abs_diff(COUNT / 2) < 3_500, "bit {bit} is set in {count} of {COUNT}");
        }
    }
}
