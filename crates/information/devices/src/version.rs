//! Versions compared by numeric segments: `10.0.10` is above `10.0.9`.

use std::cmp::Ordering;

/// The longest version that is read.
const MAX_LENGTH: usize = 256;

/// How two versions compare, or `None` when either is not digits in segments between dots. A missing segment is zero.
pub(crate) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (segments(a)?, segments(b)?);
    let length = a.len().max(b.len());
    let at = |segments: &[&str], i: usize| -> (usize, String) {
        let digits = segments.get(i).map_or("", |s| s.trim_start_matches('0'));
        (digits.len(), digits.to_owned())
    };
    // Without leading zeros the longer number is the larger, and equally long ones compare as text: no overflow.
    Some((0..length).map(|i| at(&a, i).cmp(&at(&b, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal))
}

fn segments(version: &str) -> Option<Vec<&str>> {
    let segments: Vec<&str> = version.split('.').collect();
    let numeric = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    (version.len() <= MAX_LENGTH && segments.iter().all(numeric)).then_some(segments)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn segments_are_numbers() {
        for (a, b, order) in [
            ("10.0.9", "10.0.10", Ordering::Less),
            ("10.0.10", "10.0.9", Ordering::Greater),
            ("12", "12.0.0", Ordering::Equal),
            ("12.1", "12", Ordering::Greater),
            ("012", "12", Ordering::Equal),
            ("99999999999999999999999999", "100000000000000000000000000", Ordering::Less),
        ] {
            assert_eq!(compare(a, b), Some(order), "{a} {b}");
        }
    }

    #[test]
    fn what_is_not_a_version_does_not_compare() {
        let long = "1".repeat(10 * 1024);
        for bad in ["", ".", "1.", ".1", "1..2", "10.0.10-beta", "v1", "1 ", "-1", "１", "1,2", long.as_str()] {
            assert_eq!(compare(bad, "1"), None, "{bad}");
            assert_eq!(compare("1", bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn versions_compare_as_their_numbers(a in prop::collection::vec(any::<u32>(), 1..5), b in prop::collection::vec(any::<u32>(), 1..5)) {
            let text = |v: &[u32]| v.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
            let pad = |v: &[u32]| { let mut v = v.to_vec(); v.resize(5, 0); v };
            prop_assert_eq!(compare(&text(&a), &text(&b)), Some(pad(&a).cmp(&pad(&b))));
        }

        #[test]
        fn any_text_is_answered(a in ".*", b in ".*") {
            let _ = compare(&a, &b);
        }
    }
}
