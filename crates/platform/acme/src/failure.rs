//! Why an order came to nothing.

use instant_acme::{Error, Problem};
use sekisho_capability::ChangeError;
use sekisho_model::{Span, is_shown};
use sekisho_store::StoreError;

/// The longest text of an authority that is shown.
const MOST: usize = 300;

/// Why an order came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OrderFailure {
    /// The authority cannot be reached, or has a fault of its own.
    #[error("the authority cannot be reached or is at fault: {0}")]
    Unreachable(String),
    /// The authority asks for patience.
    #[error("the authority limits how often it is asked: {detail}")]
    Limited {
        /// What it says.
        detail: String,
        /// How long it wants to be left alone, if it says so.
        wait: Option<Span>,
    },
    /// The authority refuses, or cannot see that the host is ours.
    #[error("the authority refuses: {0}")]
    Refused(String),
    /// What it sent cannot be used.
    #[error("what the authority sent cannot be used: {0}")]
    Unusable(String),
    /// The account is not known there any more.
    #[error("the authority does not know the account any more: a new one is made at the next attempt")]
    NoAccount,
    /// Something of our own failed.
    #[error("{0}")]
    Own(String),
}

impl OrderFailure {
    /// Its name in metrics and documents.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Limited { .. } => "limited",
            Self::Refused(_) => "refused",
            Self::Unusable(_) => "unusable",
            Self::NoAccount => "no-account",
            Self::Own(_) => "failed",
        }
    }
}

impl From<Error> for OrderFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(problem) => Self::from(&problem),
            Error::Timeout(_) => Self::Unreachable("the order did not come to its end in time".to_owned()),
            Error::Other(other) => match other.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(other) => Self::Unusable(shown(&other.to_string())),
            },
            other => Self::Unusable(shown(&other.to_string())),
        }
    }
}

impl From<&Problem> for OrderFailure {
    fn from(problem: &Problem) -> Self {
        match kind_of(problem) {
            "rateLimited" => Self::Limited { detail: told(problem), wait: None },
            "serverInternal" => Self::Unreachable(told(problem)),
            "accountDoesNotExist" => Self::NoAccount,
            _ => Self::Refused(told(problem)),
        }
    }
}

impl From<StoreError> for OrderFailure {
    fn from(error: StoreError) -> Self {
        Self::Own(error.to_string())
    }
}

impl From<ChangeError> for OrderFailure {
    fn from(error: ChangeError) -> Self {
        Self::Own(error.to_string())
    }
}

impl From<rcgen::Error> for OrderFailure {
    fn from(error: rcgen::Error) -> Self {
        Self::Own(error.to_string())
    }
}

/// The last word of a problem's type (RFC 8555, section 6.7).
pub(crate) fn kind_of(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|name| name.strip_prefix("urn:ietf:params:acme:error:")).unwrap_or_default()
}

/// What a problem says, safe to show.
pub(crate) fn told(problem: &Problem) -> String {
    shown(&problem.to_string())
}

/// A text that somebody else wrote, short and on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if is_shown(c) { c } else { ' ' }).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_authority_says_is_told_apart() {
        for (kind, expected) in [
            ("rateLimited", "limited"),
            ("serverInternal", "unreachable"),
            ("accountDoesNotExist", "no-account"),
            ("rejectedIdentifier", "refused"),
            ("something new", "refused"),
        ] {
            let text = format!(r#"{{ "type": "urn:ietf:params:acme:error:{kind}", "detail": "so it is" }}"#);
            let problem: Problem = serde_json::from_str(&text).expect("a problem");
            let failure = OrderFailure::from(Error::Api(problem));
            assert_eq!(failure.kind(), expected);
        }
    }

    #[test]
    fn the_words_of_others_are_short_and_on_one_line() {
        let text = shown(&format!("a\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(text.starts_with("a b [31m") && text.len() == MOST);
    }
}
