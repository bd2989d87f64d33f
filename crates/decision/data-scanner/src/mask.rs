//! What is shown in the place of a value.

use crate::DataKind;

/// The text with every letter and digit hidden, but the last four digits of a payment card or a corporate number. Separators stay, so
/// that a table keeps its form.
#[must_use]
pub fn mask(kind: DataKind, text: &str) -> String {
    let shown = match kind {
        DataKind::PaymentCard | DataKind::CorporateNumber => 4,
        DataKind::MyNumber | DataKind::Email | DataKind::Telephone | DataKind::Secret => 0,
    };
    let characters = text.chars().filter(|character| character.is_alphanumeric()).count();
    let mut left = characters;
    let masked = text.chars().map(|character| match character.is_alphanumeric() {
        false => character,
        true => {
            left -= 1;
            if left < shown { character } else { '*' }
        }
    });
    masked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_last_digits_of_cards_and_corporations_is_left() {
        assert_eq!(mask(DataKind::MyNumber, "1234 5678 9018"), "**** **** ****");
        assert_eq!(mask(DataKind::PaymentCard, "4111-1111-1111-1111"), "****-****-****-1111");
        assert_eq!(mask(DataKind::Email, "alice@example.jp"), "*****@*******.**");
        assert_eq!(mask(DataKind::Secret, "-----BEGIN\nAB+/=="), "-----*****\n**+/==");
        assert_eq!(mask(DataKind::MyNumber, "１２３４"), "****");
    }
}
