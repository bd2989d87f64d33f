//! How a decision looks: a word, a colour and the officer's stamp.

use sekisho_model::{Language, Outcome};
use sekisho_policy_engine::{Decision, Reason};

/// The three outcomes on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict(pub Outcome);

impl Verdict {
    /// The style class.
    pub const fn class(self) -> &'static str {
        match self.0 {
            Outcome::Permit => "pass",
            Outcome::Challenge => "ask",
            Outcome::Deny => "stop",
        }
    }

    /// The stamp: pass, prove, stop. An ornament; the word stands beside it.
    pub const fn seal(self) -> &'static str {
        match self.0 {
            Outcome::Permit => "通",
            Outcome::Challenge => "証",
            Outcome::Deny => "止",
        }
    }

    /// The message key of the word.
    pub const fn key(self) -> &'static str {
        match self.0 {
            Outcome::Permit => "verdict-permit",
            Outcome::Challenge => "verdict-challenge",
            Outcome::Deny => "verdict-deny",
        }
    }

    /// Whether it is a permit.
    pub const fn is_pass(self) -> bool {
        matches!(self.0, Outcome::Permit)
    }
}

/// A decision's reasons and remedies in a language. That no policy permits is said only where nothing says more.
pub fn explained(decision: &Decision, language: Language) -> (Vec<String>, Vec<String>) {
    let all = decision.reasons();
    let says_more = |reason: &&Reason| all.len() == 1 || reason.code != "no-policy-permits";
    let reasons = all.iter().filter(says_more).map(|reason| reason.text.in_language(language).to_owned()).collect();
    let remedies = decision.remedies().iter().map(|remedy| remedy.text.in_language(language).to_owned()).collect();
    (reasons, remedies)
}
