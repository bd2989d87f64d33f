//! The ledger's head, sealed in the store: what shows that the ledger was cut or replaced by an older copy.
//!
//! The head is written with every act, in the transaction of its documents, and by a task every second. It never runs ahead of the
//! ledger, whose entries are on the disk first. A ledger that does not begin with what was sealed takes no entry until an operator
//! accepts it.

use sekisho_ledger::{Checkpoint, Ledger};
use sekisho_model::documents::Kind;
use sekisho_model::{Act, Actor, Timestamp};
use sekisho_store::{Expected, Store, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ChangeError, maintain};

/// The act that records that the ledger lacks what was sealed.
const ROLLED_BACK: &str = "ledger-rolled-back";
/// The act that accepts it.
pub const ROLLBACK_ACCEPTED: &str = "ledger-rollback-accepted";
/// What both acts are about.
const TARGET: &str = "platform/ledger";

/// A head as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedHead {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them, in hexadecimal digits.
    pub root: String,
}

impl SealedHead {
    fn of(head: &Checkpoint) -> Self {
        Self { origin: head.origin.clone(), size: head.size, root: hex::encode(head.root) }
    }

    /// The head, if the root is one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let root = hex::decode(&self.root).ok()?.try_into().ok()?;
        Some(Checkpoint { origin: self.origin.clone(), size: self.size, root })
    }
}

/// The head that the store holds under that name; `None` before the first.
///
/// # Errors
/// When the store fails. A sealed head that cannot be read counts as one that no ledger begins with.
pub async fn sealed_head(store: &Store, document: &str) -> Result<Option<SealedHead>, ChangeError> {
    let found = store.get(Kind::Key, document).await?;
    let unreadable = || SealedHead { origin: String::new(), size: u64::MAX, root: String::new() };
    Ok(found.map(|found| serde_json::from_value(found.body).unwrap_or_else(|_| unreadable())))
}

/// Compares the ledger with what the store sealed of it. A ledger that does not begin with that is stopped, and records the alarm.
///
/// # Errors
/// When the store or the ledger cannot be read.
pub async fn compare_ledger(store: &Store, ledger: &Ledger, now: Timestamp) -> Result<(), ChangeError> {
    let Some(document) = ledger.sealed_as() else { return Ok(()) };
    let Some(sealed) = sealed_head(store, document).await? else { return Ok(()) };
    let begins = match sealed.checkpoint() {
        Some(head) => ledger.begins_with(&head).await?,
        None => false,
    };
    if begins {
        return Ok(());
    }
    // INVARIANT I-11: a ledger that was cut or replaced by an older copy is noticed, and takes no entry.
    ledger.set_rolled_back(true);
    let found = ledger.size();
    tracing::error!(sealed = sealed.size, found, "ALARM: the ledger does not hold what was sealed of it in the store");
    let detail = json!({ "sealed": sealed, "found": found });
    let alarm = Act { at: now, actor: Actor::System, act: ROLLED_BACK.to_owned(), target: TARGET.to_owned(), detail };
    ledger.append_about_rollback(alarm).await?;
    Ok(())
}

/// Accepts that the ledger lacks what was sealed: records who did, seals the ledger as it is, and lets it go on. Returns what was sealed
/// and what is there; `None` when nothing is to be accepted.
///
/// # Errors
/// When it cannot be recorded or sealed: the ledger then stays stopped.
pub async fn accept_rollback(
    store: &Store,
    ledger: &Ledger,
    actor: Actor,
    now: Timestamp,
) -> Result<Option<Value>, ChangeError> {
    if ledger.standing() != sekisho_ledger::Standing::RolledBack {
        return Ok(None);
    }
    let sealed = match ledger.sealed_as() {
        Some(document) => sealed_head(store, document).await?,
        None => None,
    };
    let detail = json!({ "sealed": sealed, "found": ledger.size() });
    let act = ROLLBACK_ACCEPTED.to_owned();
    let act = Act { at: now, actor, act, target: TARGET.to_owned(), detail: detail.clone() };
    ledger.append_about_rollback(act).await?;
    write_head(store, ledger, now).await?;
    ledger.set_rolled_back(false);
    Ok(Some(detail))
}

/// Seals the head of the ledger, unless the ledger is stopped or another process's. Returns the size that was sealed.
///
/// # Errors
/// When the ledger or the store fails.
pub async fn seal_ledger(store: &Store, ledger: &Ledger, now: Timestamp) -> Result<Option<u64>, ChangeError> {
    match ledger.standing() {
        sekisho_ledger::Standing::RolledBack => Ok(None),
        _ => write_head(store, ledger, now).await,
    }
}

async fn write_head(store: &Store, ledger: &Ledger, now: Timestamp) -> Result<Option<u64>, ChangeError> {
    let Some((write, size)) = sealing(ledger).await? else { return Ok(None) };
    maintain(store, vec![write], now).await?;
    Ok(Some(size))
}

/// The write that seals the ledger's head as it is now, if it is sealed anywhere.
pub(crate) async fn sealing(ledger: &Ledger) -> Result<Option<(Write, u64)>, ChangeError> {
    let Some(document) = ledger.sealed_as() else { return Ok(None) };
    let Some(head) = ledger.head().await? else { return Ok(None) };
    let body = json!(SealedHead::of(&head));
    Ok(Some((Write::Put { kind: Kind::Key, id: document.to_owned(), expected: Expected::Any, body }, head.size)))
}
