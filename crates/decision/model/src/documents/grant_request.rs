//! Requests for access: who asks for what, for how long and why, and how it was answered.

use serde::{Deserialize, Serialize};

use super::Grant;
use crate::{GrantId, ResourceId, Span, Timestamp, UserId};

/// A request for a grant. Only an approved one has a grant, which has the same identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// The identifier of the request, and of the grant that its approval makes.
    pub id: GrantId,
    /// Who asks.
    pub user: UserId,
    /// For what.
    pub resource: ResourceId,
    /// Why.
    pub reason: String,
    /// For how many seconds, counted from the approval.
    pub seconds: u32,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// How it stands.
    pub state: GrantRequestState,
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum GrantRequestState {
    /// Nobody answered it yet.
    Open,
    /// Somebody whom a policy names approved it: the grant runs from `at` to `until`.
    Approved {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
        /// When the grant ends.
        until: Timestamp,
    },
    /// Somebody whom a policy names refused it.
    Refused {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
        /// Why, for the person who asked.
        why: String,
    },
    /// The person who asked took it back. A grant that it had ended then.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

impl GrantRequest {
    /// The longest time that a request may ask for: 24 hours.
    pub const LONGEST: u32 = 24 * 60 * 60;
    /// The most characters of a reason.
    pub const LONGEST_REASON: usize = 500;
    /// How long an open request may be approved: seven days.
    pub const OPEN_FOR: Span = Span::from_minutes(7 * 24 * 60);

    /// Checks what the types of the fields do not say.
    ///
    /// # Errors
    /// What is wrong, and the fix.
    pub fn check(&self) -> Result<(), String> {
        check_reason("reason", &self.reason)?;
        if self.seconds == 0 || self.seconds > Self::LONGEST {
            return Err("`seconds`: ask for 1 second to 24 hours (86400)".to_owned());
        }
        Ok(())
    }

    /// Whether somebody may still approve or refuse it.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == GrantRequestState::Open && now < self.asked_at.plus(Self::OPEN_FOR)
    }

    /// The grant of an approval at that time.
    // INVARIANT I-41: the time of a requested grant starts at its approval, and ends after what was asked for, at most 24 hours later.
    #[must_use]
    pub fn grant_from(&self, at: Timestamp) -> Grant {
        let seconds = self.seconds.min(Self::LONGEST);
        Grant {
            id: self.id.clone(),
            user: self.user.clone(),
            resource: self.resource.clone(),
            until: at.plus(Span::from_seconds(i64::from(seconds))),
            reason: self.reason.clone(),
        }
    }
}

/// Checks a text that one person writes for another.
///
/// # Errors
/// When it is empty, too long, or holds a control character.
pub fn check_reason(field: &str, text: &str) -> Result<(), String> {
    let count = text.chars().count();
    if text.trim().is_empty() || count > GrantRequest::LONGEST_REASON {
        return Err(format!("`{field}`: write 1 to {} characters", GrantRequest::LONGEST_REASON));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(format!("`{field}`: write it without control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(seconds: u32, reason: &str) -> GrantRequest {
        GrantRequest {
            id: "request-1".parse().expect("an id"),
            user: "alice".parse().expect("a user"),
            resource: "archive".parse().expect("a resource"),
            reason: reason.to_owned(),
            seconds,
            asked_at: Timestamp::from_millis(0),
            state: GrantRequestState::Open,
        }
    }

    #[test]
    fn a_request_has_a_reason_and_an_end() {
        assert_eq!(request(3600, "quarterly audit").check(), Ok(()));
        for (seconds, reason) in
            [(0, "audit"), (GrantRequest::LONGEST + 1, "audit"), (60, ""), (60, " \n"), (60, "a\u{7}")]
        {
            assert!(request(seconds, reason).check().is_err(), "{seconds} {reason:?}");
        }
        assert!(request(60, &"あ".repeat(GrantRequest::LONGEST_REASON)).check().is_ok());
        assert!(request(60, &"あ".repeat(GrantRequest::LONGEST_REASON + 1)).check().is_err());
    }

    #[test]
    fn i41_the_time_of_a_grant_starts_at_its_approval_and_never_exceeds_a_day() {
        let at = Timestamp::from_millis(5_000);
        assert_eq!(request(60, "audit").grant_from(at).until, Timestamp::from_millis(65_000));
        let day = Span::from_minutes(24 * 60);
        assert_eq!(request(u32::MAX, "audit").grant_from(at).until, at.plus(day));
    }

    #[test]
    fn a_request_is_open_for_a_week_and_until_it_is_answered() {
        let last = GrantRequest::OPEN_FOR.as_millis();
        let open = request(60, "audit");
        assert!(open.is_open(Timestamp::from_millis(last - 1)) && !open.is_open(Timestamp::from_millis(last)));
        let state = GrantRequestState::Withdrawn { at: open.asked_at };
        assert!(!GrantRequest { state, ..open }.is_open(Timestamp::from_millis(1)));
    }
}
