//! What the table of kinds says of each kind.

use serde_json::Value;

use super::Kind;

/// One row of the table of kinds. Plain data.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// The stable name: it is stored, shown, and written in files.
    pub name: &'static str,
    /// Who writes documents of this kind, and how the store keeps them.
    pub class: Class,
    /// How a folder of documents writes it.
    pub written: Written,
    /// Whether a process that does not know the kind must not decide: without these documents it could permit more than
    /// with them. Sealed kinds are never critical, because no decision reads them.
    pub is_critical: bool,
    /// Checks a body and writes every default out; `None` where administrators do not write the kind.
    pub normalise: Option<Normalise>,
    /// The names that its documents write out.
    pub mentions: &'static [Mention],
}

/// Turns a body into its normal form, or says what is wrong with it.
pub type Normalise = fn(&Value) -> Result<Value, String>;

/// Who writes documents of a kind, and how the store keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Administrators write it; every past revision is kept, and a plan may prune it.
    Administered,
    /// The platform observed it; only the present revision is kept, and it is never pruned.
    Observed,
    /// Encrypted at rest and in no change feed.
    Sealed,
    /// As sealed; consumed by one compare-and-delete.
    OneTime,
}

/// How a folder of documents writes a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// TOML arrays of tables: `[[user]]`.
    Tables,
    /// One TOML table: `[settings]`.
    Table,
    /// A file of its own: `*.cedar`.
    Files,
    /// Not in folders, nor applied in any other way.
    Never,
}

/// A field of a document that names something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    /// The JSON pointer of the field: a text, a list of texts or a table whose values are texts.
    pub pointer: &'static str,
    /// What it names.
    pub of: Named,
}

/// What a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A document of that kind.
    Document(Kind),
    /// A fact that device agents report.
    Fact,
    /// Whatever the Cedar text in the field names.
    InPolicy,
}

/// A mention, as the table writes it.
pub(super) const fn names(pointer: &'static str, of: Named) -> Mention {
    Mention { pointer, of }
}
