//! The effect of a reassessment: a stream that must end now, and why.

use sekisho_model::{DecisionRecord, StreamEnd, Text};
use sekisho_policy_engine::Reason;

use crate::StreamKey;

/// A stream that is no longer permitted. It has left the registry; the shell ends the connection and records it.
#[derive(Debug)]
pub struct Cut<T> {
    /// The stream's key, which now means nothing to the registry.
    pub key: StreamKey,
    /// What the shell gave with it.
    pub tag: T,
    /// Why, as a stable code and as people read it: `session-ended`, `workload-ended`, `device-revoked`, `session-expired`, `resource-removed`, or the first
    /// reason of the decision that no longer permits.
    pub reason: Reason,
    /// What the ledger keeps of its end.
    pub record: StreamEnd,
    /// The decision that no longer permits, with its reasons and remedies. Absent when the session or the resource is
    /// gone and there was nothing to decide.
    pub decision: Option<Box<DecisionRecord>>,
}

/// The session is not in the World, or its user may no longer sign in.
pub(crate) fn session_ended() -> Reason {
    reason(
        "session-ended",
        "The session has ended. Sign in again to go on.",
        "セッションは終了しました。続けるには、もう一度サインインしてください。",
    )
}

/// The workload or its owner's account was disabled or removed, or its credential was revoked.
pub(crate) fn workload_ended() -> Reason {
    reason(
        "workload-ended",
        "This workload or its owner's account was disabled, or its credential was revoked.",
        "このワークロードまたは所有者のアカウントが無効になったか、ワークロードの資格情報が失効しました。",
    )
}

/// The session went with the device that it was bound to.
pub(crate) fn device_revoked() -> Reason {
    reason(
        "device-revoked",
        "The device of this session was revoked or removed, and the session ended with it.",
        "このセッションの端末が失効または削除されたため、セッションは終了しました。",
    )
}

/// The session reached its end.
pub(crate) fn session_expired() -> Reason {
    reason(
        "session-expired",
        "The session has reached its time limit. Sign in again to go on.",
        "セッションの有効期限が切れました。続けるには、もう一度サインインしてください。",
    )
}

/// The resource is not in the World.
pub(crate) fn resource_removed() -> Reason {
    reason(
        "resource-removed",
        "This application is no longer available here.",
        "このアプリケーションは、ここでは利用できなくなりました。",
    )
}

/// Authentication alone would do.
pub(crate) fn authentication_needed() -> Reason {
    reason(
        "authentication-needed",
        "To go on, confirm that it is you.",
        "続けるには、本人確認をもう一度行ってください。",
    )
}

/// The decision gives no reason of its own.
pub(crate) fn not_permitted() -> Reason {
    reason("not-permitted", "This access is no longer permitted.", "このアクセスは許可されなくなりました。")
}

fn reason(code: &str, en: &str, ja: &str) -> Reason {
    Reason { code: code.to_owned(), text: Text::new(en, ja) }
}
