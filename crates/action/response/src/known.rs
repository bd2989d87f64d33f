//! What the task knows: playbooks, signals that wait, and the responses that there are. It follows the store's change feed.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use sekisho_model::documents::{Kind, Playbook, Signal};
use sekisho_model::facts::Interner;
use sekisho_model::{Name, Timestamp};
use sekisho_store::{ChangeFeed, Document, Store, StoreError};
use serde::Deserialize;
use serde_json::Value;

use crate::condition::Condition;
use crate::journal::{Response, State, Stored};
use crate::touched::Touched;
use crate::untouchable::Untouchable;

/// The kinds that matter to the task.
const KINDS: [Kind; 3] = [Kind::Playbook, Kind::Response, Kind::Signal];
/// What the identifiers of signals begin with that responses raise: they begin no further ones.
pub(crate) const OWN_SIGNALS: &str = "response.";

/// What the task knows.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) playbooks: BTreeMap<String, Playing>,
    /// Playbooks that this version cannot read: whom they name as untouchable is not known, so nothing begins by itself.
    pub(crate) unreadable: BTreeSet<String>,
    pub(crate) untouchable: Untouchable,
    /// Signals that were not looked at.
    pub(crate) signals: VecDeque<Signal>,
    /// The identifiers of all responses.
    pub(crate) handled: HashSet<String>,
    /// Responses that are being done, in force, or being undone.
    pub(crate) live: BTreeMap<String, Stored>,
    pub(crate) touched: Touched,
    /// When a response of a playbook was last held because of its limit.
    pub(crate) held: BTreeMap<Name, Timestamp>,
}

/// A playbook as it is followed.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) playbook: Playbook,
    /// Since when it says what it says: it follows no signal from before.
    pub(crate) since: Timestamp,
    /// Its condition, or what is wrong with it; then it is not followed.
    pub(crate) condition: Result<Option<Condition>, String>,
}

/// What the task knows, kept up to date.
#[derive(Debug, Default)]
pub(crate) struct Following {
    pub(crate) known: Known,
    feed: Option<ChangeFeed>,
}

/// Whether a change of that kind gives the task something to do.
pub(crate) fn matters(kind: Kind) -> bool {
    KINDS.contains(&kind)
}

impl Following {
    /// Reads what changed since the last call, or everything.
    ///
    /// # Errors
    /// When the store fails; then the next call reads everything.
    pub(crate) async fn read(&mut self, store: &Store, interner: &Interner) -> Result<(), StoreError> {
        let read = self.try_read(store, interner).await;
        if read.is_err() {
            self.forget();
        }
        read
    }

    /// Lets the next call read everything.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    async fn try_read(&mut self, store: &Store, interner: &Interner) -> Result<(), StoreError> {
        if self.feed.is_none() {
            // First the position, then the reading: what is committed between the two is read twice, never not at all.
            let position = store.revision().await?;
            for kind in KINDS {
                for document in store.list_all(kind).await? {
                    let Document { id, revision, body, at, .. } = document;
                    self.known.take(kind, &id, Some(body), (revision, at), interner);
                }
            }
            self.feed = Some(store.watch(position));
        }
        let Some(feed) = &mut self.feed else { return Ok(()) };
        while let Some(changes) = feed.present().await? {
            for change in changes.into_iter().filter(|change| matters(change.kind)) {
                self.known.take(change.kind, &change.id, change.body, (change.revision, change.at), interner);
            }
        }
        Ok(())
    }
}

impl Known {
    fn take(
        &mut self,
        kind: Kind,
        id: &str,
        body: Option<Value>,
        (revision, at): (u64, Timestamp),
        interner: &Interner,
    ) {
        match (kind, body) {
            (Kind::Playbook, body) => self.take_playbook(id, body, at, interner),
            (Kind::Signal, Some(body)) if !id.starts_with(OWN_SIGNALS) => {
                self.signals.extend(Signal::deserialize(body).ok());
            }
            (Kind::Response, Some(body)) => {
                if let Ok(response) = Response::deserialize(body) {
                    self.take_response(Stored { revision, response });
                }
            }
            (Kind::Response, None) => {
                self.live.remove(id);
                self.handled.remove(id);
            }
            _ => {}
        }
    }

    fn take_playbook(&mut self, id: &str, body: Option<Value>, since: Timestamp, interner: &Interner) {
        self.unreadable.remove(id);
        match body.map(Playbook::deserialize) {
            Some(Ok(playbook)) => {
                let condition = playbook.when.as_deref().map(|when| Condition::compile(when, interner)).transpose();
                self.playbooks.insert(id.to_owned(), Playing { playbook, since, condition });
            }
            Some(Err(_)) => {
                self.playbooks.remove(id);
                self.unreadable.insert(id.to_owned());
            }
            None => drop(self.playbooks.remove(id)),
        }
        self.untouchable = Untouchable::of(self.playbooks.values().map(|playing| &playing.playbook));
    }

    /// A response was written, by this process or another one.
    pub(crate) fn take_response(&mut self, stored: Stored) {
        let response = &stored.response;
        self.handled.insert(response.id.clone());
        if response.is_automatic {
            self.touched.add(who(response), response.at);
        }
        if response.state == State::Held {
            let last = self.held.entry(response.playbook.clone()).or_insert(response.at);
            *last = response.at.max(*last);
        }
        let is_older = self.live.get(&response.id).is_some_and(|known| known.revision > stored.revision);
        match response.is_live() {
            _ if is_older => {}
            true => drop(self.live.insert(response.id.clone(), stored)),
            false => drop(self.live.remove(&response.id)),
        }
    }
}

/// Whom a response counts for: the person, or the device that belongs to nobody.
pub(crate) fn who(response: &Response) -> &str {
    let device = || response.devices.first().map_or(response.id.as_str(), |device| device.as_str());
    response.user.as_ref().map_or_else(device, |user| user.as_str())
}
