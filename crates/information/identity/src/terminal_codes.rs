//! The codes of a terminal's sign-in: a long one that the terminal keeps, a short one that a person types or compares.

use aws_lc_rs::hmac;

use crate::{Failure, random};

/// Consonants that no pair of which is mistaken for another (RFC 8628, 6.1); no vowels, so no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20 to the 8th: 34 bits, against guesses that are counted.
const LENGTH: usize = 8;

/// A new short code, as it is stored and compared: eight letters.
pub(crate) fn user_code() -> Result<String, Failure> {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        for byte in random::bytes::<16>()?.iter() {
            // 240 is the greatest multiple of 20 in a byte: above it letters would not be equally likely.
            if *byte < 240 && code.len() < LENGTH {
                code.extend(LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().map(char::from));
            }
        }
    }
    Ok(code)
}

/// As people read it: two groups of four.
pub(crate) fn shown(code: &str) -> String {
    let (first, second) = code.split_at_checked(LENGTH / 2).unwrap_or((code, ""));
    format!("{first}-{second}")
}

/// What somebody typed, as it is stored: without what people put between and around, in capitals.
pub(crate) fn typed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).take(LENGTH + 1).map(|c| c.to_ascii_uppercase()).collect()
}

/// Where the request behind a short code is found. Keyed: who reads the database cannot try all codes.
pub(crate) fn user_code_place(key: &hmac::Key, code: &str) -> String {
    format!("terminal/user-{}", hex::encode(random::keyed(key, "terminal-user-code", code)))
}

/// Where the request behind a long code is kept.
pub(crate) fn device_code_place(code: &str) -> String {
    format!("terminal/device-{}", random::digest_hex("terminal-device-code", code))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_code_is_eight_letters_and_another_each_time() {
        let codes: HashSet<String> = (0..200).map(|_| user_code().expect("a code")).collect();
        assert_eq!(codes.len(), 200);
        assert!(codes.iter().all(|code| code.len() == 8 && code.bytes().all(|letter| LETTERS.contains(&letter))));
        let used: HashSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(used.len(), LETTERS.len());
    }

    #[test]
    fn what_people_type_is_the_code() {
        let code = user_code().expect("a code");
        for text in [shown(&code), shown(&code).to_lowercase(), format!(" {} ", shown(&code)), code.clone()] {
            assert_eq!(typed(&text), code);
        }
        assert_ne!(typed(&format!("{code}B")), code);
    }
}
