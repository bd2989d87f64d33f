//! The task: takes up feeds, reads what is due, and writes what changed.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use ipnet::IpNet;
use sekisho_capability::{Change, LEASE_LIFE, Services, Turns};
use sekisho_model::documents::{Kind, ThreatFeed};
use sekisho_model::{Actor, Timestamp};
use sekisho_store::Write;
use serde::Deserialize;
use serde_json::json;

use crate::acts::FEED_RENEWED;
use crate::credentials::{self, Credentials};
use crate::failure::RenewalError;
use crate::feed::Feed;
use crate::fetch::Fetch;
use crate::listing::Listed;
use crate::stored;
use crate::threats::Threats;

/// How many documents one transaction writes: others wait for it.
const AT_ONCE: usize = 2000;

/// Reads feeds in turns until the platform stops.
pub(crate) async fn run(threats: Threats, services: Services, turns: Turns) {
    let mut turns = turns.woken_by(threats.wake());
    let mut renewal =
        Renewal { threats, services, fetch: None, feeds: BTreeMap::new(), allowed: Vec::new(), turned_at: None };
    while turns.next().await {
        let outcome = renewal.turn().await;
        turns.ended(outcome.map_err(|error| error.to_string()));
    }
}

/// The state of the one task that reads feeds.
struct Renewal {
    threats: Threats,
    services: Services,
    fetch: Option<Fetch>,
    feeds: BTreeMap<String, Feed>,
    allowed: Vec<IpNet>,
    turned_at: Option<Timestamp>,
}

impl Renewal {
    /// Fails when the store does; a feed that cannot be read is a problem of its own.
    async fn turn(&mut self) -> Result<(), RenewalError> {
        let now = self.services.clock.now();
        // After a longer pause another process may have had the lease, and written.
        let is_continuous = self.turned_at.is_some_and(|at| now.since(at) < LEASE_LIFE);
        self.turned_at = None;
        let is_allowed_new = self.take_up(is_continuous, now).await?;
        self.read(now).await?;
        self.publish();
        for (id, feed) in &mut self.feeds {
            let Some(networks) = feed.listing(&self.allowed, is_allowed_new, now) else { continue };
            write(&self.services, id, &feed.stored, &networks).await?;
            feed.stored(networks);
        }
        self.publish();
        self.turned_at = Some(self.services.clock.now());
        Ok(())
    }

    fn publish(&self) {
        self.threats.publish(self.feeds.values().map(Feed::standing).collect());
    }

    /// Takes up the feeds that there are, and withdraws what those said that are gone. Returns whether other addresses are allowed.
    async fn take_up(&mut self, is_continuous: bool, now: Timestamp) -> Result<bool, RenewalError> {
        let store = &self.services.store;
        let mut before = if is_continuous { std::mem::take(&mut self.feeds) } else { BTreeMap::new() };
        let mut stored = if is_continuous { BTreeMap::new() } else { stored::all(store).await? };
        let mut allowed = Vec::new();
        for document in store.list_all(Kind::ThreatFeed).await? {
            let (known, id) = (before.remove(&document.id), document.id);
            let feed = match (ThreatFeed::deserialize(document.body), known) {
                (Ok(_), Some(known)) if known.revision == document.revision => known,
                (Ok(feed), known) => {
                    let stored = known.map(|known| known.stored).or_else(|| stored.remove(&id)).unwrap_or_default();
                    Feed::new(feed, document.revision, stored, now)
                }
                // A newer version wrote it: what it said goes on to count.
                (Err(error), _) => {
                    tracing::error!(id, %error, "a threat feed cannot be read by this version");
                    stored.remove(&id);
                    continue;
                }
            };
            allowed.extend_from_slice(&feed.document.allowed);
            self.feeds.insert(id, feed);
        }
        for (id, said) in before.into_iter().map(|(id, feed)| (id, feed.stored)).chain(stored) {
            write(&self.services, &id, &said, &BTreeMap::new()).await?;
            self.services.changes.maintain(vec![credentials::forget(&id)], now).await?;
        }
        allowed.sort_unstable();
        allowed.dedup();
        let is_new = allowed != self.allowed;
        self.allowed = allowed;
        Ok(is_new)
    }

    /// Reads the feeds that are due or asked for, side by side.
    async fn read(&mut self, now: Timestamp) -> Result<(), RenewalError> {
        let requested = self.threats.take_requested();
        let due = self.feeds.iter_mut().filter(|(id, feed)| feed.is_due(now) || requested.contains(*id));
        let mut due: Vec<(&String, &mut Feed)> = due.collect();
        if due.is_empty() {
            return Ok(());
        }
        let fetch = match &self.fetch {
            Some(fetch) => fetch.clone(),
            None => self.fetch.insert(Fetch::new()?).clone(),
        };
        let mut readings = Vec::new();
        for (id, feed) in due.drain(..) {
            let credentials = Credentials::of(&self.services.store, id).await?;
            let fetch = &fetch;
            readings.push(async move { feed.read(fetch, credentials.as_ref(), now).await });
        }
        join_all(readings).await;
        Ok(())
    }
}

/// Brings what is stored of a feed to what it says now: recorded as one act, then written.
async fn write(
    services: &Services,
    feed: &str,
    stored: &BTreeMap<IpNet, Listed>,
    networks: &BTreeMap<IpNet, Listed>,
) -> Result<(), RenewalError> {
    let (mut writes, now) = (stored::changes(feed, stored, networks), services.clock.now());
    if writes.is_empty() {
        return Ok(());
    }
    let removed = writes.iter().filter(|write| matches!(write, Write::Delete { .. })).count();
    let detail = json!({ "put": writes.len() - removed, "removed": removed, "networks": networks.len() });
    let change = services.changes.begin(Actor::System, FEED_RENEWED, format!("threat-feed/{feed}")).detail(detail);
    let mut rest = writes.split_off(writes.len().min(AT_ONCE));
    writes.into_iter().fold(change, Change::write).commit(now).await?;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(AT_ONCE));
        services.changes.maintain(std::mem::replace(&mut rest, later), now).await?;
    }
    Ok(())
}
