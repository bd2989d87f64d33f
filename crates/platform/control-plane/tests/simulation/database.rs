//! The database, and each gateway's way to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho_model::documents::{Change, Kind};
use sekisho_model::{SessionId, Timestamp};
use sekisho_store::{Committed, Page, Source, StoreError};
use serde_json::{Value, json};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, sleep};

use crate::chance::Chance;
use crate::truth::{Documents, Truth};

pub(crate) const ACCOUNTS: [u8; 3] = [1, 2, 3];
/// So few documents are read at once that a reader is often between two pages.
const PAGE: usize = 4;

const POLICY: &str = r#"@id("wiki")
permit (principal in Sekisho::Group::"staff", action in Sekisho::Action::"use", resource == Sekisho::Resource::"wiki");"#;

/// How long is waited for what was lost.
const PATIENCE: Duration = Duration::from_secs(10);

fn lost() -> StoreError {
    StoreError::File { path: "the network".to_owned(), source: std::io::ErrorKind::TimedOut.into() }
}

/// A document as it is to be; `None` for its end.
pub(crate) type Write = (Kind, String, Option<Value>);

pub(crate) fn name(account: u8) -> String {
    format!("user-{account}")
}

pub(crate) fn session_id(account: u8) -> SessionId {
    SessionId::from_bytes([account; 16])
}

pub(crate) fn user(account: u8, groups: &[&str], status: &str) -> Write {
    let id = name(account);
    let body = json!({"id": id, "name": id, "groups": groups, "status": status});
    (Kind::User, id, Some(body))
}

pub(crate) fn session(account: u8) -> Write {
    let id = session_id(account).to_string();
    let (since, until) = (START.as_millis(), START.as_millis() + 1_000_000_000);
    let body = json!({
        "id": id, "user": name(account), "device": null, "device_key": null, "established_at": since,
        "authenticated_at": since, "expires_at": until, "methods": ["passkey"], "address": "192.0.2.1",
    });
    (Kind::Session, id, Some(body))
}

pub(crate) fn wiki() -> Write {
    (Kind::Resource, "wiki".to_owned(), Some(json!({"id": "wiki", "name": {"en": "Wiki"}, "host": "wiki.test"})))
}

pub(crate) fn end((kind, id, _): Write) -> Write {
    (kind, id, None)
}

/// When the simulation begins, by everybody's clock.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// What all gateways share.
pub(crate) struct Database {
    revision: u64,
    forgotten: u64,
    /// The newest change of each document, deletions included, with its place in its commit.
    newest: BTreeMap<(Kind, String), (u64, usize, Option<Value>)>,
    present: Documents,
    pub(crate) truth: Truth,
    heard: Vec<Way>,
    began: Instant,
}

impl Database {
    pub(crate) fn new() -> Arc<Mutex<Self>> {
        let mut database = Self {
            revision: 0,
            forgotten: 0,
            newest: BTreeMap::new(),
            present: Documents::new(),
            truth: Truth::default(),
            heard: Vec::new(),
            began: Instant::now(),
        };
        let mut all = vec![
            (Kind::Policy, "all".to_owned(), Some(json!({"text": POLICY}))),
            (Kind::Group, "staff".to_owned(), Some(json!({"id": "staff", "name": "Staff"}))),
            wiki(),
        ];
        all.extend(ACCOUNTS.iter().flat_map(|account| [user(*account, &["staff"], "active"), session(*account)]));
        for write in all {
            database.commit(vec![write]);
        }
        Arc::new(Mutex::new(database))
    }

    /// Nobody hears of it any more.
    pub(crate) fn close(&mut self) {
        self.heard.clear();
    }

    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    fn commit(&mut self, writes: Vec<Write>) -> Committed {
        self.revision += 1;
        let at = START.plus(sekisho_model::Span::from_millis(i64::try_from(self.began.elapsed().as_millis()).unwrap()));
        let mut changes = Vec::new();
        for (place, (kind, id, body)) in writes.into_iter().enumerate() {
            let key = (kind, id.clone());
            match &body {
                Some(body) => self.present.insert(key.clone(), body.clone()),
                None => self.present.remove(&key),
            };
            self.newest.insert(key, (self.revision, place, body.clone()));
            changes.push(Change { revision: self.revision, kind, id, body, at });
        }
        self.truth.note(ACCOUNTS, &self.present);
        for way in &self.heard {
            way.tell(self.revision);
        }
        Committed { revision: self.revision, changes }
    }

    /// Nothing is left of deletions: who has not been told of them has to read everything again.
    pub(crate) fn forget(&mut self) {
        let gone = self.newest.values().filter(|(.., body)| body.is_none()).map(|(revision, ..)| *revision).max();
        self.forgotten = gone.unwrap_or(self.forgotten).max(self.forgotten);
        self.newest.retain(|_, (.., body)| body.is_some());
    }

    fn after(&self, position: u64) -> Page {
        let mut rows: Vec<_> = self.newest.iter().filter(|(_, (revision, ..))| *revision > position).collect();
        rows.sort_by_key(|(_, (revision, place, _))| (*revision, *place));
        let end = rows.get(PAGE - 1).map(|(_, (revision, ..))| *revision);
        let changes = rows
            .into_iter()
            .filter(|(_, (revision, _, body))| {
                end.is_none_or(|end| *revision <= end) && (position > 0 || body.is_some())
            })
            .map(|((kind, id), (revision, _, body))| Change {
                revision: *revision,
                kind: *kind,
                id: id.clone(),
                body: body.clone(),
                at: START,
            })
            .collect();
        Page { head: self.revision, forgotten: self.forgotten, changes, unknown: Vec::new(), end }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Everything arrives, soon.
    Well,
    /// What is sent may be late or be lost.
    Lossy,
    /// What is sent arrives when this ends.
    Held,
    /// Whoever sends is told that it cannot be.
    Broken,
}

/// One gateway's way to the database.
#[derive(Clone)]
pub(crate) struct Way {
    database: Arc<Mutex<Database>>,
    chance: Chance,
    state: Arc<Mutex<State>>,
    /// In the order in which they wait: a `watch` would wake them in any.
    changed: Arc<Notify>,
    live: broadcast::Sender<Arc<Committed>>,
    heard: watch::Sender<u64>,
}

impl Way {
    pub(crate) fn to(database: &Arc<Mutex<Database>>, chance: &Chance) -> Self {
        let way = Self {
            database: Arc::clone(database),
            chance: chance.clone(),
            state: Arc::new(Mutex::new(State::Well)),
            changed: Arc::default(),
            live: broadcast::Sender::new(4),
            heard: watch::Sender::new(0),
        };
        database.lock().unwrap().heard.push(way.clone());
        way
    }

    pub(crate) fn becomes(&self, state: State) {
        *self.state.lock().unwrap() = state;
        self.changed.notify_waiters();
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap()
    }

    /// Writes, and is told of it. What it says when it is not told, nobody knows.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.travel().await?;
        let committed = self.database.lock().unwrap().commit(writes);
        self.travel().await?;
        let _ = self.live.send(Arc::new(committed));
        Ok(())
    }

    /// Takes as long as a message does.
    async fn travel(&self) -> Result<(), StoreError> {
        let late = match self.state() {
            State::Lossy if self.chance.is(20) => {
                sleep(PATIENCE).await;
                return Err(lost());
            }
            State::Lossy if self.chance.is(200) => Duration::from_secs(4),
            _ => Duration::from_millis(20),
        };
        sleep(self.chance.up_to(late)).await;
        loop {
            let changed = self.changed.notified();
            match self.state() {
                State::Well | State::Lossy => return Ok(()),
                State::Broken => return Err(lost()),
                State::Held => changed.await,
            }
        }
    }

    /// Tells of a commit as a database notifies: soon, late, twice, in another order or not at all.
    fn tell(&self, revision: u64) {
        for _ in 0..self.chance.below(3) {
            let way = self.clone();
            tokio::spawn(async move {
                sleep(way.chance.up_to(Duration::from_secs(1))).await;
                if way.travel().await.is_ok() {
                    way.heard.send_replace(revision);
                }
            });
        }
    }
}

impl Source for Way {
    async fn revision(&self) -> Result<u64, StoreError> {
        self.travel().await?;
        let revision = self.database.lock().unwrap().revision;
        self.travel().await.map(|()| revision)
    }

    async fn after(&self, position: u64) -> Result<Page, StoreError> {
        self.travel().await?;
        let page = self.database.lock().unwrap().after(position);
        self.travel().await.map(|()| page)
    }

    fn live(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.live.subscribe()
    }

    fn heard(&self) -> watch::Receiver<u64> {
        self.heard.subscribe()
    }
}
