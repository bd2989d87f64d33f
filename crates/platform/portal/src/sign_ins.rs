//! My sign-ins, as the ledger keeps them, and the way to say that one was not me.

use axum::extract::Path;
use axum::response::Response;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{Act, MethodSet, Record, SessionId, Timestamp, UserId};
use sekisho_web::{Access, Problem, answer, wording};

use crate::{Context, Routes};

/// How many sign-ins the page shows, and how many entries it looks at for each kind.
const SHOWN: usize = 10;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/sessions/{id}/not-me", Access::SignedIn, not_me)
}

/// A sign-in.
pub(crate) struct SignIn {
    pub(crate) at: Timestamp,
    /// From which address, where that is recorded.
    pub(crate) address: String,
    pub(crate) methods: String,
    /// The session that it opened, where that can be disowned. A failed sign-in opened none.
    pub(crate) session: Option<String>,
    pub(crate) succeeded: bool,
}

/// The last sign-ins of a person, the latest first. `current` is the session that asks: it cannot be disowned from itself.
pub(crate) async fn sign_ins(context: &Context, user: &UserId, current: SessionId) -> Vec<SignIn> {
    let mut found = Vec::new();
    for act in ["session-established", "sign-in-failed"] {
        found.extend(acts(context, user, act, SHOWN).await);
    }
    found.sort_by_key(|act| std::cmp::Reverse(act.at));
    found.into_iter().take(SHOWN).map(|act| shown(context, &act, current)).collect()
}

async fn acts(context: &Context, user: &UserId, act: &str, count: usize) -> Vec<Act> {
    let filter = Filter {
        kind: Some(EntryKind::Act),
        subject: Some(user.to_string()),
        act: Some(act.to_owned()),
        ..Filter::default()
    };
    let entries = context.site.ledger.recent(count, filter).await.into_iter();
    let acts = entries.filter_map(|(_, record)| match record {
        Record::Act(act) => Some(act),
        _ => None,
    });
    acts.collect()
}

fn shown(context: &Context, act: &Act, current: SessionId) -> SignIn {
    let text = |name: &str| act.detail.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let methods = act.detail.get("methods").and_then(|value| serde_json::from_value::<MethodSet>(value.clone()).ok());
    let succeeded = act.act == "session-established";
    let session = act.target.strip_prefix("session/").and_then(SessionId::from_hex);
    SignIn {
        at: act.at,
        address: text("address"),
        methods: methods.map(|methods| wording::methods(methods, context.language)).unwrap_or_default(),
        session: session.filter(|session| succeeded && *session != current).map(|session| session.to_string()),
        succeeded,
    }
}

/// Records that a sign-in was not the person's, ends its session, and leads to the methods that it may have used.
async fn not_me(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = context.person()?;
    let session = SessionId::from_hex(&id).ok_or(Problem::NotFound)?;
    if session == person.session.id || !is_mine(&context, &person.id, session).await? {
        return Err(Problem::NotFound);
    }
    context.services.identity.disown(&session, &person.id, context.now).await?;
    context.site.shows_session(session, None).await;
    Ok(answer::see_other("/methods?done=disowned"))
}

/// Whether a session is or was a person's.
async fn is_mine(context: &Context, user: &UserId, session: SessionId) -> Result<bool, Problem> {
    let live = context.services.identity.sessions(user, context.now).await?;
    if live.iter().any(|one| one.id == session) {
        return Ok(true);
    }
    let filter = Filter {
        kind: Some(EntryKind::Act),
        session: Some(session),
        subject: Some(user.to_string()),
        act: Some("session-established".to_owned()),
        ..Filter::default()
    };
    Ok(!context.site.ledger.recent(1, filter).await.is_empty())
}
