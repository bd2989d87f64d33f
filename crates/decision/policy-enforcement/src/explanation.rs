//! What the policy engine said about a refusal, in the form that pages and problem documents show.

use sekisho_model::Text;

/// Why, and what would help.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Why, most important first.
    pub reasons: Vec<ReasonView>,
    /// What the person can do about it.
    pub remedies: Vec<RemedyView>,
    /// The name of the person who asked.
    pub person: Option<String>,
}

impl Explanation {
    /// The reasons as stable codes, most important first.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        self.reasons.iter().map(|reason| reason.code.clone()).collect()
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonView {
    /// The stable code.
    pub code: String,
    /// The text for a person.
    pub text: Text,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyView {
    /// The stable code.
    pub code: String,
    /// The text for a person.
    pub text: Text,
    /// Where to do it, if there is a page for it.
    pub url: Option<String>,
}
