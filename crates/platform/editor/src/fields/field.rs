//! What a form knows of one field of a document.

use sekisho_model::documents::Kind;

/// One field of a document, as a form shows it. Plain data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its name in the document.
    pub(crate) name: &'static str,
    /// The key of its label.
    pub(crate) label: &'static str,
    /// What it holds.
    pub(crate) shape: Shape,
    /// The key of what helps to fill it in.
    pub(crate) hint: Option<&'static str>,
    /// Whether a document without it is refused.
    pub(crate) required: bool,
}

/// What a field holds, and so how a form shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// The document's own identifier: written once, when it is made.
    Identifier,
    /// A line of text.
    Text,
    /// A text in English and Japanese.
    Bilingual,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// Texts, one in each line.
    List,
    /// The identifier of a document of that kind.
    Reference(Kind),
    /// Identifiers of documents of that kind, one in each line.
    References(Kind),
    /// A point in time.
    Time,
    /// A length of time, `15m`.
    Duration,
    /// Names with values, `name = value` in each line.
    Map,
    /// One of these names with a value.
    Tagged(&'static [(&'static str, Value)]),
    /// A fact and its value: `name = value`.
    Fact,
    /// Objects of two members, `first = second` in each line: the names of the members, and whether the second is a list.
    Pairs(&'static str, &'static str, Value),
    /// Anything else: JSON, or a plain text.
    Structured,
    /// The text of a policy file.
    Policy,
    /// What the platform writes itself: kept as it is, and never in a form.
    Kept,
}

/// How the text of a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A truth value, a whole number, a list in brackets, or a text.
    Any,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// Texts with commas between them.
    List,
}

/// A field that may be left out.
pub(crate) const fn field(name: &'static str, label: &'static str, shape: Shape) -> Field {
    Field { name, label, shape, hint: None, required: false }
}

impl Field {
    /// The same field, required.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same field with a hint.
    pub(crate) const fn hint(self, key: &'static str) -> Self {
        Self { hint: Some(key), ..self }
    }

    /// Whether a form shows it.
    pub(crate) const fn is_shown(&self) -> bool {
        !matches!(self.shape, Shape::Kept)
    }
}
