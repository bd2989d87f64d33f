//! Which numbers the networks of payment cards give out.

/// Whether a number begins as those of a network do, and is as long.
pub(crate) fn is_of_a_network(digits: &[u8]) -> bool {
    let first = |count: usize| {
        digits
            .get(..count)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    match digits.len() {
        14 => matches!(first(3), 300..=305) || matches!(first(2), 36 | 38),
        15 => matches!(first(2), 34 | 37),
        16 => {
            digits.first() == Some(&b'4')
                || matches!(first(2), 51..=55 | 62 | 65)
                || matches!(first(4), 2221..=2720 | 3528..=3589 | 6011)
                || matches!(first(3), 644..=649)
        }
        _ => false,
    }
}

/// Whether digits are grouped as on a card.
pub(crate) fn is_card_grouping(groups: &[usize]) -> bool {
    matches!(groups, [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4])
}
