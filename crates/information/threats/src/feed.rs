//! One feed as the task keeps it: its document, what was read of it, what is stored of it.

use std::collections::BTreeMap;

use http::header::{AUTHORIZATION, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use ipnet::IpNet;
use sekisho_model::documents::{FeedFormat, ThreatFeed};
use sekisho_model::{Span, Timestamp};

use crate::credentials::Credentials;
use crate::failure::FeedFailure;
use crate::fetch::Fetch;
use crate::listing::{Entry, Listed, Listing, is_due, listing};
use crate::plain;
use crate::standing::Standing;
use crate::stix::Weighing;
use crate::taxii::{Asking, Collection};

/// The most entries of a plain list.
const MOST: usize = 500_000;
/// How soon a feed that failed is read again, at the latest.
const AGAIN: Span = Span::from_minutes(5);

/// A feed.
pub(crate) struct Feed {
    pub(crate) document: ThreatFeed,
    pub(crate) revision: u64,
    source: Source,
    pub(crate) stored: BTreeMap<IpNet, Listed>,
    read_at: Option<Timestamp>,
    next_at: Timestamp,
    problem: Option<String>,
    changes_at: Option<Timestamp>,
    is_new: bool,
}

enum Source {
    /// Nothing was read since the process began or the document changed: what is stored counts.
    Stored(Vec<Entry>),
    Plain {
        entries: Vec<Entry>,
        tag: Option<HeaderValue>,
        skipped: usize,
    },
    Collection(Collection),
}

impl Feed {
    /// A feed of which that is stored, to be read at once.
    pub(crate) fn new(document: ThreatFeed, revision: u64, stored: BTreeMap<IpNet, Listed>, now: Timestamp) -> Self {
        let entry = |(network, listed): (&IpNet, &Listed)| Entry {
            network: *network,
            score: listed.score,
            from: None,
            until: Some(listed.until),
            why: listed.why.clone(),
        };
        let source = Source::Stored(stored.iter().map(entry).collect());
        Self {
            document,
            revision,
            source,
            stored,
            read_at: None,
            next_at: now,
            problem: None,
            changes_at: None,
            is_new: false,
        }
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        is_due(Some(self.next_at), now)
    }

    /// Reads it. What a reading that fails would have said is not known, so what was read before goes on to count.
    // INVARIANT I-29: a feed that fails, answers with something else or is empty neither adds nor ends a threat.
    pub(crate) async fn read(&mut self, fetch: &Fetch, credentials: Option<&Credentials>, now: Timestamp) {
        let read = match self.document.format {
            FeedFormat::Plain => self.read_plain(fetch, credentials).await,
            FeedFormat::Taxii => self.read_collection(fetch, credentials, now).await,
        };
        let every = self.document.every;
        match read {
            Ok(is_changed) => {
                self.is_new |= is_changed;
                self.read_at = Some(now);
                self.problem = None;
                self.next_at = now.plus(every);
            }
            Err(failure) => {
                tracing::warn!(feed = %self.document.id, %failure, "a threat feed was not read; what it said before stays in force");
                self.problem =
                    Some(failure.to_string().chars().filter(|letter| !letter.is_control()).take(300).collect());
                self.next_at = now.plus(every.min(AGAIN));
            }
        }
    }

    async fn read_plain(&mut self, fetch: &Fetch, credentials: Option<&Credentials>) -> Result<bool, FeedFailure> {
        let mut headers = HeaderMap::new();
        if let Some(header) = credentials.and_then(|credentials| credentials.header(&self.document.url)) {
            headers.insert(AUTHORIZATION, header);
        }
        if let Source::Plain { tag: Some(tag), .. } = &self.source {
            headers.insert(IF_NONE_MATCH, tag.clone());
        }
        let fetched = fetch.get(&self.document.url, headers).await?;
        match fetched.status {
            StatusCode::NOT_MODIFIED if matches!(self.source, Source::Plain { .. }) => return Ok(false),
            StatusCode::OK => {}
            status => return Err(FeedFailure::Status(status.as_u16())),
        }
        let list = plain::read(&String::from_utf8_lossy(&fetched.body))?;
        if list.networks.len() > MOST {
            return Err(FeedFailure::TooLarge("500,000 entries"));
        }
        let score = self.document.score;
        let entry = |network| Entry { network, score, from: None, until: None, why: String::new() };
        let entries = list.networks.into_iter().map(entry).collect();
        self.source = Source::Plain { entries, tag: fetched.headers.get(ETAG).cloned(), skipped: list.skipped };
        Ok(true)
    }

    async fn read_collection(
        &mut self,
        fetch: &Fetch,
        credentials: Option<&Credentials>,
        now: Timestamp,
    ) -> Result<bool, FeedFailure> {
        let ThreatFeed { url, score, minimum_confidence, .. } = &self.document;
        let weighing = Weighing { score: *score, minimum_confidence: *minimum_confidence };
        let asking = Asking { fetch, url, credentials, weighing };
        if let Source::Collection(collection) = &mut self.source {
            return collection.read(&asking, now).await;
        }
        let mut collection = Collection::default();
        collection.read(&asking, now).await?;
        self.source = Source::Collection(collection);
        Ok(true)
    }

    /// What counts of it now, where that may differ from what is stored: something was read, a time has come, or `is_allowed_new`.
    pub(crate) fn listing(
        &mut self,
        allowed: &[IpNet],
        is_allowed_new: bool,
        now: Timestamp,
    ) -> Option<BTreeMap<IpNet, Listed>> {
        if !self.is_new && !is_allowed_new && !is_due(self.changes_at, now) {
            return None;
        }
        let Listing { networks, changes_at } = match &self.source {
            Source::Stored(entries) | Source::Plain { entries, .. } => listing(entries.iter(), allowed, now),
            Source::Collection(collection) => listing(collection.entries(), allowed, now),
        };
        self.changes_at = changes_at;
        Some(networks)
    }

    /// What counts of it is stored.
    pub(crate) fn stored(&mut self, networks: BTreeMap<IpNet, Listed>) {
        self.stored = networks;
        self.is_new = false;
    }

    /// How it stands, for people.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            feed: self.document.id.to_string(),
            url: self.document.url.clone(),
            format: self.document.format,
            networks: self.stored.len(),
            skipped: match &self.source {
                Source::Stored(_) => 0,
                Source::Plain { skipped, .. } => *skipped,
                Source::Collection(collection) => collection.skipped(),
            },
            read_at: self.read_at,
            next_at: self.next_at,
            problem: self.problem.clone(),
        }
    }
}
