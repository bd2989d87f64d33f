//! The check digits of My Number, corporate numbers and payment cards.

/// Whether 12 digits are a My Number: the last is the check digit of the others.
#[must_use]
pub fn is_my_number(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last().filter(|(_, body)| body.len() == 11) else { return false };
    let Some(sum) = weighed(body.iter().rev(), |place| if place <= 6 { place + 1 } else { place - 5 }) else {
        return false;
    };
    let expected = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    value(*check) == Some(expected)
}

/// Whether 13 digits are a corporate number: the first is the check digit of the others.
#[must_use]
pub fn is_corporate_number(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_first().filter(|(_, body)| body.len() == 12) else { return false };
    let sum = weighed(body.iter().rev(), |place| if place % 2 == 1 { 1 } else { 2 });
    sum.is_some_and(|sum| value(*check) == Some(9 - sum % 9))
}

/// Whether the last digit is the check digit of the others by the algorithm of Luhn (ISO/IEC 7812-1).
#[must_use]
pub fn is_luhn(digits: &[u8]) -> bool {
    let doubled = |place: u32, digit: u32| match (place % 2, digit * 2) {
        (1, _) => digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    let sum =
        (1..).zip(digits.iter().rev()).try_fold(0, |sum, (place, digit)| Some(sum + doubled(place, value(*digit)?)));
    digits.len() > 1 && sum.is_some_and(|sum| sum % 10 == 0)
}

/// The digits, each times the weight of its place, counted from 1.
fn weighed<'a>(digits: impl Iterator<Item = &'a u8>, weight: impl Fn(u32) -> u32) -> Option<u32> {
    (1..).zip(digits).try_fold(0, |sum, (place, digit)| Some(sum + value(*digit)? * weight(place)))
}

fn value(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_are_right_and_their_neighbours_are_not() {
        for (right, wrong) in [("983205673214", "983205673210"), ("123456789018", "123456789019")] {
            assert!(is_my_number(right.as_bytes()) && !is_my_number(wrong.as_bytes()), "{right}");
        }
        assert!(is_corporate_number(b"7000012050002") && !is_corporate_number(b"6000012050002"));
        assert!(is_luhn(b"4111111111111111") && !is_luhn(b"4111111111111112"));
    }

    #[test]
    fn another_length_or_another_character_is_no_number() {
        for text in ["", "1", "12345678901", "12345678901888", "12345678901x"] {
            assert!(!is_my_number(text.as_bytes()) && !is_corporate_number(text.as_bytes()), "{text}");
        }
        assert!(!is_luhn(b"") && !is_luhn(b"0") && !is_luhn(b"4111-1111"));
    }
}
