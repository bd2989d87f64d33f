//! What digits may be by their count, their groups and their check digit.

use crate::DataKind;
use crate::card::{is_card_grouping, is_of_a_network};
use crate::check_digit::{is_corporate_number, is_luhn, is_my_number};

/// What digits may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) kind: DataKind,
    /// How sure that is without a label; `None` when it says nothing.
    pub(crate) alone: Option<u8>,
}

/// How sure a form is that few other things have.
const BY_FORM: Option<u8> = Some(75);

/// What digits in these groups may be. `before` is the byte in front of them.
pub(crate) fn shape(digits: &[u8], groups: &[usize], before: Option<u8>) -> Option<Shape> {
    let of = |kind, alone| Some(Shape { kind, alone });
    let is_one = groups.len() == 1;
    match digits.len() {
        _ if before == Some(b'+') => is_abroad(digits).then_some(Shape { kind: DataKind::Telephone, alone: BY_FORM }),
        10 | 11 => {
            let is_grouped = is_telephone_grouping(groups);
            let is_telephone = is_telephone(digits) && (is_one || is_grouped);
            is_telephone.then_some(Shape { kind: DataKind::Telephone, alone: BY_FORM.filter(|_| is_grouped) })
        }
        12 if (is_one || groups == [4, 4, 4]) && is_my_number(digits) => of(DataKind::MyNumber, None),
        // The registration number of an issuer of invoices is a T and the corporate number.
        13 if (is_one || groups == [1, 4, 4, 4]) && is_corporate_number(digits) => {
            of(DataKind::CorporateNumber, Some(85).filter(|_| before == Some(b'T')))
        }
        14..=16 if (is_one || is_card_grouping(groups)) && is_of_a_network(digits) && is_luhn(digits) => {
            of(DataKind::PaymentCard, BY_FORM.filter(|_| !is_one))
        }
        _ => None,
    }
}

fn is_telephone(digits: &[u8]) -> bool {
    matches!((digits.len(), digits), (11, [b'0', b'5' | b'7' | b'8' | b'9', b'0', ..]) | (10, [b'0', b'1'..=b'9', ..]))
}

/// Area code, exchange, number; or a mobile or toll-free number.
fn is_telephone_grouping(groups: &[usize]) -> bool {
    matches!(groups, [2, 4, 4] | [3, 3, 4] | [4, 2, 4] | [5, 1, 4] | [3, 4, 4] | [4, 3, 3] | [4, 3, 4])
}

/// Behind a `+`: the code of Japan, and the number without its 0.
fn is_abroad(digits: &[u8]) -> bool {
    matches!(digits, [b'8', b'1', b'1'..=b'9', rest @ ..] if matches!(rest.len(), 8 | 9))
}
