//! What waits to be sent: one document for each event and receiver, so that no restart loses one.

use sekisho_model::documents::{Kind, SignalReceiver, SignalSubject};
use sekisho_model::facts::{Fact, Slot};
use sekisho_model::{Act, Actor, Span, Timestamp};
use sekisho_policy_information::World;
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::set::CAEP;

/// How long to wait after each attempt that failed. After the last one the event is given up.
const PAUSES: [Span; 6] = [
    Span::from_seconds(2),
    Span::from_seconds(15),
    Span::from_minutes(1),
    Span::from_minutes(5),
    Span::from_minutes(30),
    Span::from_minutes(120),
];

/// An event that waits to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// To whom.
    pub(crate) receiver: String,
    /// About whom.
    pub(crate) user: String,
    /// The claims of the token: each attempt signs the same.
    pub(crate) claims: Value,
    /// How many attempts failed.
    pub(crate) attempts: u8,
    /// When it is sent next.
    pub(crate) again_at: Timestamp,
    /// Why the last attempt failed.
    pub(crate) why: Option<String>,
}

/// Whose sessions an act of the ledger ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) user: String,
    pub(crate) at: Timestamp,
    by: &'static str,
    why: String,
}

impl Ended {
    /// What an act ended. A person who signs out, and a session whose time is over, are no revocation.
    pub(crate) fn of(act: &Act) -> Option<Self> {
        let text = |name: &str| act.detail.get(name).and_then(Value::as_str);
        let user = match act.act.as_str() {
            "session-ended" => text("user")?,
            "sessions-ended" => {
                let sessions = act.detail.get("sessions").and_then(Value::as_array);
                sessions.filter(|sessions| !sessions.is_empty())?;
                act.target.strip_prefix("user/")?
            }
            _ => return None,
        };
        let why = text("why").filter(|why| !matches!(*why, "signed-out" | "expired"))?;
        let by = match &act.actor {
            Actor::System => "system",
            Actor::User(by) if by == user => "user",
            _ => "admin",
        };
        Some(Self { user: user.to_owned(), at: act.at, by, why: why.to_owned() })
    }

    /// What waits for a receiver because of it; `None` where it has no subject for the receiver.
    pub(crate) fn waiting(
        &self,
        receiver: &SignalReceiver,
        (world, issuer): (&World, &str),
        id: &str,
        now: Timestamp,
    ) -> Option<Waiting> {
        let subject = match receiver.subject {
            SignalSubject::Account => json!({ "format": "iss_sub", "iss": issuer, "sub": self.user }),
            SignalSubject::Email => {
                let facts = world.facts().get(world.user(&self.user)?)?;
                let Fact::String(email) = facts.get(Slot::Email) else { return None };
                json!({ "format": "email", "email": email.as_str() })
            }
        };
        let event = json!({ "event_timestamp": self.at.as_seconds(), "initiating_entity": self.by,
            "reason_admin": { "en": self.why } });
        let claims = json!({ "iss": issuer, "aud": receiver.audience, "jti": id, "iat": now.as_seconds(),
            "sub_id": subject, "events": { format!("{CAEP}session-revoked"): event } });
        let (receiver, user) = (receiver.id.to_string(), self.user.clone());
        Some(Waiting { receiver, user, claims, attempts: 0, again_at: now, why: None })
    }
}

impl Waiting {
    /// The same after another attempt that failed; `None` when it is given up.
    pub(crate) fn after(&self, why: &str, now: Timestamp) -> Option<Self> {
        let pause = PAUSES.get(usize::from(self.attempts))?;
        let why = why.chars().filter(|letter| !letter.is_control()).take(300).collect();
        Some(Self { attempts: self.attempts + 1, again_at: now.plus(*pause), why: Some(why), ..self.clone() })
    }

    /// The write that keeps it.
    pub(crate) fn write(&self, id: &str) -> Option<Write> {
        let body = serde_json::to_value(self).ok()?;
        Some(Write::Put { kind: Kind::SignalOutbox, id: id.to_owned(), expected: Expected::Any, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(code: &str, target: &str, actor: Actor, detail: Value) -> Act {
        let at = Timestamp::from_millis(1_790_000_000_000);
        Act { at, actor, act: code.to_owned(), target: target.to_owned(), detail }
    }

    #[test]
    fn what_revokes_a_session_is_told_and_what_ends_by_itself_is_not() {
        let by = |name: &str| Actor::User(name.to_owned());
        let all = json!({ "sessions": ["1"], "why": "revoked" });
        let ended = Ended::of(&act("sessions-ended", "user/alice", by("admin"), all.clone())).expect("an end");
        assert_eq!((ended.user.as_str(), ended.by, ended.why.as_str()), ("alice", "admin", "revoked"));
        let one = json!({ "user": "alice", "why": "ended-by-user" });
        assert_eq!(Ended::of(&act("session-ended", "session/1", by("alice"), one)).expect("an end").by, "user");
        for (code, target, detail) in [
            ("session-ended", "session/1", json!({ "user": "alice", "why": "signed-out" })),
            ("session-ended", "session/1", json!({ "user": "alice", "why": "expired" })),
            ("sessions-ended", "user/alice", json!({ "sessions": [], "why": "revoked" })),
            ("sessions-ended", "group/alice", all.clone()),
            ("user-disabled", "user/alice", all),
        ] {
            assert_eq!(Ended::of(&act(code, target, Actor::System, detail.clone())), None, "{code} {detail}");
        }
    }

    #[test]
    fn an_event_is_tried_again_later_and_later_and_then_given_up() {
        let now = Timestamp::from_millis(0);
        let claims = json!({ "jti": "1" });
        let first = Waiting {
            receiver: "app".to_owned(),
            user: "alice".to_owned(),
            claims: claims.clone(),
            attempts: 0,
            again_at: now,
            why: None,
        };
        let tries = std::iter::successors(Some(first), |waiting| waiting.after("answers 500", now));
        let tries: Vec<Waiting> = tries.collect();
        assert!(tries.is_sorted_by_key(|waiting| waiting.again_at) && tries.len() == PAUSES.len() + 1);
        assert!(tries.iter().all(|waiting| waiting.claims == claims));
    }
}
