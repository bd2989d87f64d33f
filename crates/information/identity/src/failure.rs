//! What can go wrong, as values: a stable code, a text for people, and never a word about whether an account exists.

use sekisho_capability::ChangeError;
use sekisho_model::documents::Kind;
use sekisho_model::{Span, Text};
use sekisho_web::messages;

/// Why identity did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The proof does not match, the account does not exist or may not be used: the same answer for all of them.
    #[error("the user name or the proof is wrong")]
    WrongCredentials,
    /// Too many failed attempts: ask again later.
    #[error("too many attempts: try again in {retry_after}")]
    TooManyAttempts {
        /// How long to wait.
        retry_after: Span,
    },
    /// More sign-ins are under way than this machine may check at once.
    #[error("too many sign-ins at once: try again in a few seconds")]
    Busy,
    /// The sign-in, registration or link has expired or was used already.
    #[error("this step has expired or was used already: start again")]
    Expired,
    /// The session does not exist, or no longer.
    #[error("the session has ended: sign in again")]
    SessionEnded,
    /// The change needs a fresher or stronger authentication than the session has.
    #[error("authenticate again first: at least assurance {assurance}, at most {max_age} ago")]
    AuthenticateAgain {
        /// The least assurance that is needed.
        assurance: u8,
        /// The greatest age of that authentication.
        max_age: Span,
    },
    /// The re-authentication was of another user than the session's.
    #[error("the session belongs to another user: authenticate as the one who signed in")]
    OtherUser,
    /// The session is bound to another device.
    #[error("the session belongs to another device: sign in on this one")]
    OtherDevice,
    /// The re-authentication was weaker than what the session already has.
    #[error("authenticate at least as strongly as when the session began")]
    Weaker,
    /// The new password breaks a rule.
    #[error(transparent)]
    PasswordRefused(#[from] PasswordProblem),
    /// The authenticator's answer at registration was not acceptable.
    #[error("the authenticator's answer was not accepted")]
    PasskeyRefused,
    /// The code that should confirm a new authenticator app is wrong.
    #[error("the code is wrong: check the clock of the authenticator app")]
    CodeRefused,
    /// A name for an authenticator is empty or too long.
    #[error("name the authenticator with 1 to 64 characters")]
    NameRefused,
    /// What should be removed is the last way to sign in.
    #[error("this is the last way to sign in: add another one first")]
    LastAuthenticator,
    /// There is no such user or authenticator.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Something else changed the same thing at the same time.
    #[error("it was changed at the same time: try again")]
    Conflict,
    /// The store or the ledger cannot be used; nothing was done that is not recorded.
    #[error("identity cannot {0} just now")]
    Unavailable(&'static str),
}

/// Which rule a new password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Shorter than 12 characters.
    #[error("the password is too short: use at least 12 characters")]
    TooShort,
    /// Longer than 256 characters.
    #[error("the password is too long: use at most 256 characters")]
    TooLong,
    /// It contains the user name.
    #[error("the password contains the user name: choose another")]
    ContainsUserName,
    /// It is one of the common ones, or one character or short pattern again and again.
    #[error("the password is too easy to guess: choose another")]
    TooCommon,
}

impl Failure {
    /// The stable code for records and programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong-credentials",
            Self::TooManyAttempts { .. } => "too-many-attempts",
            Self::Busy => "busy",
            Self::Expired => "expired",
            Self::SessionEnded => "session-ended",
            Self::AuthenticateAgain { .. } => "authenticate-again",
            Self::OtherUser => "other-user",
            Self::OtherDevice => "other-device",
            Self::Weaker => "weaker-authentication",
            Self::PasswordRefused(_) => "password-refused",
            Self::PasskeyRefused => "passkey-refused",
            Self::CodeRefused => "code-refused",
            Self::NameRefused => "name-refused",
            Self::LastAuthenticator => "last-authenticator",
            Self::NotFound(_) => "not-found",
            Self::Conflict => "conflict",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// What a page says.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::TooManyAttempts { retry_after } => {
                // Rounded up: a person who waits this long is not refused again.
                let seconds = retry_after.as_millis().max(1).unsigned_abs().div_ceil(1000);
                messages::text_with("failure-too-many-attempts", "seconds", &seconds.to_string())
            }
            Self::PasswordRefused(problem) => problem.text(),
            other => messages::text(&format!("failure-{}", other.code())),
        }
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict { kind: Kind::OneTime, .. } => Self::Expired,
            ChangeError::Conflict { .. } => Self::Conflict,
            ChangeError::Unrecorded(cause) => unavailable("record this", &cause),
            other => unavailable("write a document", &other),
        }
    }
}

impl PasswordProblem {
    /// What a page says.
    #[must_use]
    pub fn text(self) -> Text {
        messages::text(match self {
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::ContainsUserName => "password-contains-user-name",
            Self::TooCommon => "password-too-common",
        })
    }
}

/// A failure of the store or the ledger: the cause goes to the log, the answer says only what could not be done.
pub(crate) fn unavailable(what: &'static str, cause: &dyn std::error::Error) -> Failure {
    tracing::error!(cause = %cause, "identity cannot {what}");
    Failure::Unavailable(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_reads_in_both_languages() {
        let refused = [
            PasswordProblem::TooShort,
            PasswordProblem::TooLong,
            PasswordProblem::ContainsUserName,
            PasswordProblem::TooCommon,
        ];
        let failures = [
            Failure::WrongCredentials,
            Failure::TooManyAttempts { retry_after: Span::from_millis(1001) },
            Failure::Busy,
            Failure::Expired,
            Failure::SessionEnded,
            Failure::OtherUser,
            Failure::OtherDevice,
            Failure::Weaker,
            Failure::PasskeyRefused,
            Failure::CodeRefused,
            Failure::NameRefused,
            Failure::LastAuthenticator,
            Failure::NotFound("account"),
            Failure::Conflict,
            Failure::Unavailable("answer"),
        ];
        for failure in failures.into_iter().chain(refused.map(Failure::PasswordRefused)) {
            let text = failure.text();
            assert!(text.en.ends_with('.') && text.ja.is_some_and(|ja| ja.ends_with('。')), "{failure:?}");
        }
        let wait = Failure::TooManyAttempts { retry_after: Span::from_millis(1001) }.text();
        assert_eq!(wait.en, "Too many attempts. Try again in 2 seconds.");
        let wait = Failure::TooManyAttempts { retry_after: Span::from_millis(1) }.text();
        assert_eq!(wait.en, "Too many attempts. Try again in 1 second.");
    }
}
