//! Short codes that a person types or compares: eight letters, each with its own random draw.

use crate::{Entropy, NoEntropy};

/// Consonants that no pair of which is mistaken for another (RFC 8628, 6.1); no vowels, so no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20 to the 8th: 34 bits, against guesses that are counted.
const LENGTH: usize = 8;

/// A new short code, as it is stored and compared: eight letters.
///
/// # Errors
/// [`NoEntropy`].
pub fn make(entropy: Entropy) -> Result<String, NoEntropy> {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        for byte in entropy.bytes::<16>()?.iter() {
            // 240 is the greatest multiple of 20 in a byte: above it letters would not be equally likely.
            if *byte < 240 && code.len() < LENGTH {
                code.extend(LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().map(char::from));
            }
        }
    }
    Ok(code)
}

/// As people read it: two groups of four.
#[must_use]
pub fn shown(code: &str) -> String {
    let (first, second) = code.split_at_checked(LENGTH / 2).unwrap_or((code, ""));
    format!("{first}-{second}")
}

/// What somebody typed, as it is stored: without what people put between and around, in capitals.
#[must_use]
pub fn typed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).take(LENGTH + 1).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn code() -> String {
        make(Entropy::system()).expect("a code")
    }

    #[test]
    fn a_code_is_eight_letters_and_another_each_time() {
        let codes: HashSet<String> = (0..200).map(|_| code()).collect();
        assert_eq!(codes.len(), 200);
        assert!(codes.iter().all(|code| code.len() == 8 && code.bytes().all(|letter| LETTERS.contains(&letter))));
        let used: HashSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(used.len(), LETTERS.len());
    }

    #[test]
    fn what_people_type_is_the_code() {
        let code = code();
        for text in [shown(&code), shown(&code).to_lowercase(), format!(" {} ", shown(&code)), code.clone()] {
            assert_eq!(typed(&text), code);
        }
        assert_ne!(typed(&format!("{code}B")), code);
    }
}
