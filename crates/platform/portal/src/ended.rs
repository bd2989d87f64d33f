//! Why the session ended that this browser held, for its sign-in page.
//!
//! Only the browser with the session's own cookie is answered, and the page removes that cookie: nobody can ask about another session, and
//! nobody twice.

use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::{Kind, Session, SessionEnd};
use sekisho_model::{Act, Record, SessionId};
use sekisho_web::documents;

use crate::Context;

/// The message key of the reason; `None` where the person ended it, or where the ledger's recent entries do not say.
pub(crate) async fn of(context: &Context) -> Option<&'static str> {
    let session = context.ended_session?;
    let Some(why) = why(context, session).await else { return of_itself(context, session).await };
    match why {
        SessionEnd::Revoked => Some("ended-revoked"),
        SessionEnd::Expired => Some("ended-expired"),
        SessionEnd::AccountDisabled => Some("ended-account-disabled"),
        SessionEnd::EndedByUser | SessionEnd::Disowned => Some("ended-elsewhere"),
        SessionEnd::SignedOut => None,
    }
}

/// Why a session counts no longer that nobody ended: it is still stored, and its time is over, or its device or account is not what it was.
async fn of_itself(context: &Context, session: SessionId) -> Option<&'static str> {
    let stored: Session = documents::get(context, Kind::Session, &session.to_string()).await.ok()??;
    Some(match stored.device {
        _ if stored.expires_at <= context.now => "ended-expired",
        Some(_) => "ended-device",
        None => "ended-account-disabled",
    })
}

async fn why(context: &Context, session: SessionId) -> Option<SessionEnd> {
    let of_session = Filter { kind: Some(EntryKind::Act), session: Some(session), ..Filter::default() };
    let acts = context.site.ledger.recent(ENTRIES, of_session).await;
    let acts: Vec<Act> = acts.into_iter().filter_map(|(_, record)| act(record)).collect();
    if let Some(ended) = acts.iter().find(|act| act.act == "session-ended") {
        return end(ended);
    }
    // All sessions of the person ended together: that is recorded about the person.
    let person = acts.iter().find_map(|act| act.actor.user())?.to_owned();
    let of_person = Filter {
        kind: Some(EntryKind::Act),
        subject: Some(person),
        act: Some("sessions-ended".to_owned()),
        ..Filter::default()
    };
    let together = context.site.ledger.recent(ENTRIES, of_person).await;
    together.into_iter().filter_map(|(_, record)| act(record)).find(|act| names(act, session)).and_then(|act| end(&act))
}

/// How many entries about one session, or of sessions that ended together, are looked at.
const ENTRIES: usize = 50;

fn act(record: Record) -> Option<Act> {
    match record {
        Record::Act(act) => Some(act),
        _ => None,
    }
}

fn end(act: &Act) -> Option<SessionEnd> {
    serde_json::from_value(act.detail.get("why")?.clone()).ok()
}

fn names(act: &Act, session: SessionId) -> bool {
    let ended = act.detail.get("sessions").and_then(|sessions| sessions.as_array());
    ended.is_some_and(|ended| ended.iter().any(|one| one.as_str() == Some(session.to_string().as_str())))
}
