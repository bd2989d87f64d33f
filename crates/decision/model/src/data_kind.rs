//! The kinds of sensitive values that are looked for in data.

use serde::{Deserialize, Serialize};

/// A kind of sensitive value. The names are stable: they are stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    /// The number of a person in Japan (個人番号): specific personal information wherever it stands.
    MyNumber,
    /// The number of a corporation in Japan (法人番号).
    CorporateNumber,
    /// The number of a payment card.
    PaymentCard,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// A key, token or password.
    Secret,
}

impl DataKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::MyNumber, Self::CorporateNumber, Self::PaymentCard, Self::Email, Self::Telephone, Self::Secret];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MyNumber => "my-number",
            Self::CorporateNumber => "corporate-number",
            Self::PaymentCard => "payment-card",
            Self::Email => "email",
            Self::Telephone => "telephone",
            Self::Secret => "secret",
        }
    }

    /// What people call it, in English and Japanese.
    #[must_use]
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::MyNumber => ("My Number", "マイナンバー"),
            Self::CorporateNumber => ("corporate number", "法人番号"),
            Self::PaymentCard => ("payment card", "クレジットカード番号"),
            Self::Email => ("e-mail address", "メールアドレス"),
            Self::Telephone => ("telephone number", "電話番号"),
            Self::Secret => ("secret", "シークレット"),
        }
    }
}

impl std::fmt::Display for DataKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
