//! The task: takes what ended sessions out of the ledger, writes it into the outbox, and sends what is due.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use sekisho_capability::Change;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::{Kind, SignalReceiver};
use sekisho_model::{Actor, Record, Timestamp};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::SharedSignals;
use crate::acts::{SIGNAL_FAILED, SIGNAL_SENT};
use crate::outbox::{Ended, Waiting};
use crate::refusal::Refusal;

/// How many entries of the ledger one turn reads.
const WINDOW: u64 = 2_048;
/// The most events that one turn sends.
const AT_ONCE: usize = 32;
/// The most events that wait: beyond, the ledger is not read on until some were sent or given up.
const MOST_WAITING: usize = 10_000;

/// Where this process goes on in its ledger.
#[derive(Serialize, Deserialize)]
struct Cursor {
    next: u64,
}

/// How sending stands after a turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sending {
    /// How many events wait.
    pub(crate) waiting: usize,
    /// Of each receiver whose last attempt failed, why.
    pub(crate) problems: Vec<(String, String)>,
}

/// One turn.
pub(crate) async fn turn(signals: &SharedSignals) -> Result<(), Refusal> {
    let receivers = signals.receivers().await?;
    let mut outbox = outbox(signals).await?;
    if outbox.len() < MOST_WAITING && collect(signals, &receivers).await? {
        outbox = self::outbox(signals).await?;
    }
    let now = signals.services.clock.now();
    let mut due: Vec<(String, Waiting)> = outbox.clone();
    due.retain(|(_, waiting)| waiting.again_at <= now);
    due.truncate(AT_ONCE);
    let mut sent = Vec::new();
    for (id, waiting) in due {
        let receiver = receivers.iter().find(|receiver| receiver.id.as_str() == waiting.receiver).cloned();
        let signals = signals.clone();
        // Side by side: a receiver that is slow holds up no other.
        sent.push(tokio::spawn(async move { send(&signals, receiver.as_ref(), &id, &waiting).await }));
    }
    let mut outcome = Ok(());
    for one in sent {
        outcome = one.await.map_err(Refusal::unavailable).flatten().and(outcome);
    }
    let outbox = self::outbox(signals).await?;
    let problems = outbox.iter().filter_map(|(_, waiting)| Some((waiting.receiver.clone(), waiting.why.clone()?)));
    signals.sending.send_replace(Sending { waiting: outbox.len(), problems: problems.collect() });
    outcome
}

/// Writes what the next entries of the ledger ended into the outbox, in the transaction that moves the cursor. Whether it wrote something
/// to send.
// INVARIANT I-60: an ended session is in the outbox before the ledger is read on, so that no restart loses an event.
async fn collect(signals: &SharedSignals, receivers: &[SignalReceiver]) -> Result<bool, Refusal> {
    let (ledger, store) = (&signals.services.ledger, &signals.services.store);
    let place = format!("cursor/{}", name_of(&ledger.public_key().to_string()));
    let stored = store.get(Kind::SignalOutbox, &place).await.map_err(Refusal::unavailable)?;
    let kept = stored.and_then(|stored| Cursor::deserialize(stored.body).ok());
    let now = signals.services.clock.now();
    let Some(Cursor { next }) = kept else {
        // What ended before anybody was to be told is told to nobody.
        keep(signals, &place, ledger.size(), Vec::new(), now).await?;
        return Ok(false);
    };
    let end = next.saturating_add(WINDOW).min(ledger.size());
    if end <= next {
        return Ok(false);
    }
    let filter =
        Filter { kind: Some(EntryKind::Act), before: Some(end), after: next.checked_sub(1), ..Filter::default() };
    let count = usize::try_from(end - next).unwrap_or_default();
    let entries = ledger.search(count, filter).await.entries;
    let world = Arc::clone(&*signals.services.world.borrow());
    let mut writes = Vec::new();
    for (index, record) in entries {
        let Record::Act(act) = record else { continue };
        let Some(ended) = Ended::of(&act) else { continue };
        for receiver in receivers.iter().filter(|receiver| receiver.enabled) {
            let id = name_of(&format!("{place}/{index}/{}", receiver.id));
            let waiting = ended.waiting(receiver, (&world, &signals.origin), &id, now);
            writes.extend(waiting.and_then(|waiting| waiting.write(&format!("event/{id}"))));
        }
    }
    let is_new = !writes.is_empty();
    keep(signals, &place, end, writes, now).await?;
    Ok(is_new)
}

async fn keep(
    signals: &SharedSignals,
    place: &str,
    next: u64,
    mut writes: Vec<Write>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let body = json!({ "next": next });
    writes.push(Write::Put { kind: Kind::SignalOutbox, id: place.to_owned(), expected: Expected::Any, body });
    signals.services.changes.maintain(writes, now).await.map_err(Refusal::unavailable)?;
    Ok(())
}

async fn outbox(signals: &SharedSignals) -> Result<Vec<(String, Waiting)>, Refusal> {
    let all = signals.services.store.list_all(Kind::SignalOutbox).await.map_err(Refusal::unavailable)?;
    let events = all.into_iter().filter(|document| document.id.starts_with("event/"));
    Ok(events.filter_map(|document| Some((document.id, Waiting::deserialize(document.body).ok()?))).collect())
}

/// Sends one event, and writes what became of it.
async fn send(
    signals: &SharedSignals,
    receiver: Option<&SignalReceiver>,
    id: &str,
    waiting: &Waiting,
) -> Result<(), Refusal> {
    let now = signals.services.clock.now();
    let Some(receiver) = receiver.filter(|receiver| receiver.enabled) else {
        // Nobody is to be told any more.
        let gone = Write::Delete { kind: Kind::SignalOutbox, id: id.to_owned(), expected: Expected::Any };
        return signals.services.changes.maintain(vec![gone], now).await.map(drop).map_err(Refusal::unavailable);
    };
    let token = signals.signing().await?.sign(&waiting.claims)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/secevent+jwt"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let answer = (signals.outgoing.post)(receiver.url.clone(), headers, token).await;
    let change = match &answer {
        Ok(()) => told(signals, SIGNAL_SENT, id, waiting, None),
        Err(why) => match waiting.after(why, now).and_then(|later| later.write(id)) {
            Some(later) => {
                return signals.services.changes.maintain(vec![later], now).await.map(drop).map_err(Refusal::unavailable);
            }
            None => told(signals, SIGNAL_FAILED, id, waiting, Some(why)),
        },
    };
    change.commit(now).await.map(drop).map_err(Refusal::unavailable)
}

/// The act that ends an event's time in the outbox.
fn told(signals: &SharedSignals, code: &str, id: &str, waiting: &Waiting, why: Option<&String>) -> Change {
    let target = format!("{}/{}", Kind::SignalReceiver, waiting.receiver);
    let detail = json!({ "event": "session-revoked", "id": waiting.claims.get("jti"), "user": waiting.user,
        "attempts": waiting.attempts + 1, "why": why });
    let begun = signals.services.changes.begin(Actor::System, code, target).detail(detail);
    begun.delete(Kind::SignalOutbox, id, Expected::Any)
}

fn name_of(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hex::encode(digest.as_ref()).chars().take(32).collect()
}
