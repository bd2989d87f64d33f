//! The task: reads sources, holds what devices and applications are made of against them, and writes what is news.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_capability::{Change as ActChange, LEASE_LIFE, Services, Turns};
use sekisho_model::documents::{Kind, Posture, VulnerabilitySource};
use sekisho_model::{Actor, Timestamp};
use sekisho_store::{ChangeFeed, StoreError};
use sekisho_vulnerability_matching::{Catalogue, Inventory};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::{ASSESSED, EXPLOITED_FOUND};
use crate::failure::AssessError;
use crate::inventory::{SoftwareInventory, digest, of_posture};
use crate::judgement::{Known, is_news};
use crate::report::{Report, Target};
use crate::source::Source;
use crate::stored;
use crate::vulnerabilities::Vulnerabilities;

/// How many devices are read from the store at once.
const PAGE: u32 = 100;
/// How many exploited vulnerabilities of one report are recorded one by one.
const RECORDED: usize = 50;

/// Works in turns until the platform stops.
pub(crate) async fn run(vulnerabilities: Vulnerabilities, services: Services, turns: Turns) {
    let mut turns = turns.woken_by(vulnerabilities.wake());
    let mut assessing = Assessing {
        vulnerabilities,
        services,
        sources: BTreeMap::new(),
        catalogue: Catalogue::default(),
        unread: BTreeSet::new(),
        feed: None,
        seen: BTreeMap::new(),
        turned_at: None,
    };
    while turns.next().await {
        let outcome = assessing.turn().await;
        turns.ended(outcome.map_err(|error| error.to_string()));
    }
}

/// The state of the one task that assesses.
struct Assessing {
    vulnerabilities: Vulnerabilities,
    services: Services,
    sources: BTreeMap<String, Source>,
    catalogue: Catalogue,
    /// The sources of which nothing was read by this process.
    unread: BTreeSet<String>,
    /// What changed since the last turn. `None` before everything was looked at once.
    feed: Option<ChangeFeed>,
    /// The inventory of each target when it was assessed last, so that a report without news costs nothing.
    seen: BTreeMap<Target, u64>,
    turned_at: Option<Timestamp>,
}

impl Assessing {
    /// Fails when the store or the ledger does; a source that cannot be read is a problem of its own.
    async fn turn(&mut self) -> Result<(), AssessError> {
        let now = self.services.clock.now();
        // After a longer pause another process may have had the lease, and written.
        if self.turned_at.take().is_none_or(|at| now.since(at) >= LEASE_LIFE) {
            self.feed = None;
        }
        let is_other = self.take_up(now).await? | self.read(now).await;
        self.vulnerabilities.publish(self.sources.values().map(Source::standing).collect());
        if is_other {
            self.learn();
        }
        let changed = match self.feed.take() {
            Some(feed) if !is_other => self.changed(feed).await,
            _ => None,
        };
        match changed {
            Some(changed) => {
                for (target, inventory) in changed {
                    self.assess(target, inventory, now).await?;
                }
            }
            None => self.assess_all(now).await?,
        }
        self.turned_at = Some(self.services.clock.now());
        Ok(())
    }

    /// Takes up the sources that there are. Returns whether one is new, another or gone.
    async fn take_up(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let (mut before, mut is_other) = (std::mem::take(&mut self.sources), false);
        for document in self.services.store.list_all(Kind::VulnerabilitySource).await? {
            let (known, id) = (before.remove(&document.id), document.id);
            match (known, VulnerabilitySource::deserialize(document.body)) {
                (Some(known), _) if known.revision == document.revision => {
                    self.sources.insert(id, known);
                }
                (_, Ok(source)) => {
                    is_other = true;
                    self.sources.insert(id, Source::new(source, document.revision, now));
                }
                (_, Err(error)) => tracing::error!(id, %error, "a vulnerability source cannot be read by this version"),
            }
        }
        Ok(is_other || !before.is_empty())
    }

    /// Reads the sources that are due or asked for. Returns whether one says something else than before.
    async fn read(&mut self, now: Timestamp) -> bool {
        let requested = self.vulnerabilities.take_requested();
        let mut is_other = false;
        for (id, source) in &mut self.sources {
            if source.is_due(now) || requested.contains(id) {
                is_other |= source.read(self.vulnerabilities.folder().to_owned(), now).await;
            }
        }
        is_other
    }

    /// Makes the catalogue of what was read.
    fn learn(&mut self) {
        let content = |(id, source): (&String, &Source)| Some((id.clone(), source.content.clone()?));
        self.catalogue = Catalogue::new(self.sources.iter().filter_map(content).collect());
        let unread = self.sources.iter().filter(|(_, source)| source.content.is_none());
        self.unread = unread.map(|(id, _)| id.clone()).collect();
    }

    /// What changed since the last turn, each target once. `None` when that is not known.
    async fn changed(&mut self, mut feed: ChangeFeed) -> Option<BTreeMap<Target, Option<Inventory>>> {
        let mut changed = BTreeMap::new();
        loop {
            match feed.present().await {
                Ok(Some(changes)) => {
                    changed.extend(changes.into_iter().filter_map(|change| read(change.kind, &change.id, change.body)));
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "what changed is not known: every inventory is assessed again");
                    return None;
                }
            }
        }
        self.feed = Some(feed);
        Some(changed)
    }

    /// Assesses everything, and forgets what is gone.
    async fn assess_all(&mut self, now: Timestamp) -> Result<(), AssessError> {
        self.seen.clear();
        let store = self.services.store.clone();
        let feed = store.watch(store.revision().await?);
        for kind in [Kind::Posture, Kind::SoftwareInventory] {
            let mut after: Option<String> = None;
            loop {
                let page = store.list(kind, after.as_deref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.id.clone());
                for document in page {
                    let Some((target, inventory)) = read(kind, &document.id, Some(document.body)) else { continue };
                    self.assess(target, inventory, now).await?;
                }
            }
        }
        for report in stored::reports(&store).await? {
            if !self.seen.contains_key(&report.target) {
                self.assess(report.target, None, now).await?;
            }
        }
        self.feed = Some(feed);
        Ok(())
    }

    /// Assesses one target. Without an inventory nothing is known of it.
    async fn assess(
        &mut self,
        target: Target,
        inventory: Option<Inventory>,
        now: Timestamp,
    ) -> Result<(), AssessError> {
        let Some(inventory) = inventory else {
            self.seen.remove(&target);
            return self.forget(target, now).await;
        };
        let digest = digest(&inventory);
        if self.seen.get(&target) == Some(&digest) {
            return Ok(());
        }
        let before = stored::report(&self.services.store, &target).await?;
        let known = Known { catalogue: &self.catalogue, unread: &self.unread };
        let report = known.judge(target.clone(), &inventory, before.as_ref(), now);
        if is_news(&report, before.as_ref(), now) {
            self.write(&report, before.as_ref(), now).await?;
        }
        self.seen.insert(target, digest);
        Ok(())
    }

    /// Records what decisions read from now on, then writes it.
    async fn write(&self, report: &Report, before: Option<&Report>, now: Timestamp) -> Result<(), AssessError> {
        let (changes, writes) = (&self.services.changes, stored::put(report));
        if !stored::is_turn(report, before) {
            changes.maintain(writes, now).await?;
            return Ok(());
        }
        let change = changes.begin(Actor::System, ASSESSED, report.target.id()).detail(verdict(report));
        let change = exploited(report, before)
            .fold(change, |change, finding| change.and(EXPLOITED_FOUND, report.target.id()).detail(finding));
        writes.into_iter().fold(change, ActChange::write).commit(now).await?;
        Ok(())
    }

    async fn forget(&self, target: Target, now: Timestamp) -> Result<(), AssessError> {
        let Some(before) = stored::report(&self.services.store, &target).await? else { return Ok(()) };
        let writes = stored::forget(&target);
        if before.worst.is_none() && before.known_exploited.is_none() {
            self.services.changes.maintain(writes, now).await?;
            return Ok(());
        }
        let detail = json!({ "worst_vulnerability": Value::Null, "known_exploited": Value::Null });
        let change = self.services.changes.begin(Actor::System, ASSESSED, target.id()).detail(detail);
        writes.into_iter().fold(change, ActChange::write).commit(now).await?;
        Ok(())
    }
}

fn verdict(report: &Report) -> Value {
    json!({
        "worst_vulnerability": report.worst, "known_exploited": report.known_exploited,
        "findings": report.total, "components": report.components, "uncovered": report.uncovered,
    })
}

/// The exploited vulnerabilities that the report before did not have.
fn exploited<'a>(report: &'a Report, before: Option<&'a Report>) -> impl Iterator<Item = Value> + 'a {
    let is_old = move |finding: &sekisho_vulnerability_matching::Finding| {
        before.is_some_and(|before| before.findings.iter().any(|old| old.is_exploited() && old.is_same(finding)))
    };
    let new = report.findings.iter().filter(move |finding| finding.is_exploited() && !is_old(finding));
    new.take(RECORDED).map(|finding| {
        json!({
            "cve": finding.cve(), "advisory": finding.advisory, "package": finding.package, "version": finding.version,
            "fixed": finding.fixed, "score": finding.score,
        })
    })
}

/// Whose software a document tells of, and what it is. A document that is gone tells that nothing is known.
fn read(kind: Kind, id: &str, body: Option<Value>) -> Option<(Target, Option<Inventory>)> {
    match kind {
        Kind::Posture => {
            let posture = body.and_then(|body| Posture::deserialize(body).ok());
            Some((Target::Device(id.parse().ok()?), posture.as_ref().and_then(of_posture)))
        }
        Kind::SoftwareInventory => {
            let inventory = body.and_then(|body| SoftwareInventory::deserialize(body).ok());
            Some((Target::Resource(id.parse().ok()?), inventory.map(SoftwareInventory::inventory)))
        }
        _ => None,
    }
}
