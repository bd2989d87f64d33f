//! A collection of a TAXII 2.1 server: read whole once an hour, and between that only what was added since.

use std::collections::BTreeMap;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use sekisho_model::{Span, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::credentials::Credentials;
use crate::failure::FeedFailure;
use crate::fetch::Fetch;
use crate::listing::Entry;
use crate::stix::{self, Indicator, Weighing};

const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";
/// How often everything is read again: what a server deletes, it does not tell.
const WHOLE_EVERY: Span = Span::from_minutes(60);
/// The most indicators of a collection.
const MOST: usize = 500_000;
/// The most pages of one reading.
const PAGES: usize = 10_000;

/// What is known of a collection.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    indicators: BTreeMap<String, Indicator>,
    added_after: Option<String>,
    whole_at: Option<Timestamp>,
}

/// Where a collection is, and how it is asked.
pub(crate) struct Asking<'a> {
    pub(crate) fetch: &'a Fetch,
    pub(crate) url: &'a str,
    pub(crate) credentials: Option<&'a Credentials>,
    pub(crate) weighing: Weighing,
}

/// An envelope of TAXII 2.1.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    more: bool,
    next: Option<String>,
    #[serde(default)]
    objects: Vec<Value>,
}

struct Page {
    envelope: Envelope,
    last: Option<String>,
}

impl Collection {
    /// Reads it. Returns whether anything changed; a failure leaves it as it was.
    pub(crate) async fn read(&mut self, asking: &Asking<'_>, now: Timestamp) -> Result<bool, FeedFailure> {
        let is_whole = self.whole_at.is_none_or(|at| now.since(at) >= WHOLE_EVERY);
        let after = self.added_after.clone().filter(|_| !is_whole);
        let (mut indicators, mut added_after, mut next) = (Vec::new(), after.clone(), None::<String>);
        for _ in 0..PAGES {
            let page = page(asking, after.as_deref(), next.as_deref()).await?;
            let found = page.envelope.objects.iter().filter_map(|object| stix::indicator(object, asking.weighing));
            indicators.extend(found);
            added_after = page.last.or(added_after);
            if indicators.len() > MOST {
                return Err(FeedFailure::TooLarge("500,000 indicators"));
            }
            match page.envelope.next.filter(|_| page.envelope.more) {
                Some(more) => next = Some(more),
                None if page.envelope.more => return Err(unusable("a page with more to come and no `next`")),
                None => return self.take(indicators, is_whole.then_some(now), added_after),
            }
        }
        Err(FeedFailure::TooLarge("10,000 pages"))
    }

    fn take(
        &mut self,
        found: Vec<Indicator>,
        whole: Option<Timestamp>,
        last: Option<String>,
    ) -> Result<bool, FeedFailure> {
        let mut is_changed = false;
        let mut all = if whole.is_some() { BTreeMap::new() } else { std::mem::take(&mut self.indicators) };
        for indicator in found {
            if all.get(&indicator.id).is_none_or(|known: &Indicator| known.modified < indicator.modified) {
                all.insert(indicator.id.clone(), indicator);
                is_changed = true;
            }
        }
        if whole.is_some() {
            is_changed = all != self.indicators;
        }
        self.indicators = all;
        self.added_after = last;
        self.whole_at = whole.or(self.whole_at);
        Ok(is_changed)
    }

    /// What its indicators name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.indicators.values().flat_map(|indicator| &indicator.entries)
    }

    /// How many indicators name nothing that is read.
    pub(crate) fn skipped(&self) -> usize {
        self.indicators.values().filter(|indicator| indicator.is_skipped).count()
    }
}

async fn page(asking: &Asking<'_>, after: Option<&str>, next: Option<&str>) -> Result<Page, FeedFailure> {
    let url = address(asking.url, after, next);
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(MEDIA_TYPE))]);
    if let Some(header) = asking.credentials.and_then(|credentials| credentials.header(&url)) {
        headers.insert(AUTHORIZATION, header);
    }
    let fetched = asking.fetch.get(&url, headers).await?;
    if fetched.status != http::StatusCode::OK {
        return Err(FeedFailure::Status(fetched.status.as_u16()));
    }
    let text = |name: &str| fetched.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let media_type = text(CONTENT_TYPE.as_str()).unwrap_or_default();
    if !media_type.starts_with("application/taxii+json") {
        return Err(unusable(&format!("`{}`", media_type.chars().take(80).collect::<String>())));
    }
    let envelope = serde_json::from_slice(&fetched.body).map_err(|error| unusable(&error.to_string()))?;
    Ok(Page { envelope, last: text("x-taxii-date-added-last").filter(|last| last.parse::<Timestamp>().is_ok()) })
}

/// The address of the objects, with what is asked for.
fn address(collection: &str, after: Option<&str>, next: Option<&str>) -> String {
    let mut url = format!("{}/objects/?match%5Btype%5D=indicator", collection.trim_end_matches('/'));
    for (name, value) in [("added_after", after), ("next", next)] {
        if let Some(value) = value {
            url.push_str(&format!("&{name}={}", sekisho_web::address::encode(value)));
        }
    }
    url
}

fn unusable(found: &str) -> FeedFailure {
    FeedFailure::Unusable { expected: "TAXII 2.1 collection", found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indicator(id: &str, modified: i64) -> Indicator {
        Indicator {
            id: id.to_owned(),
            modified: Timestamp::from_millis(modified),
            entries: Vec::new(),
            is_skipped: false,
        }
    }

    #[test]
    fn of_two_versions_the_newer_counts_in_whichever_order_they_come() {
        let mut collection = Collection::default();
        let now = Timestamp::from_millis(9);
        assert!(collection.take(vec![indicator("a", 2), indicator("a", 1)], Some(now), None).expect("taken"));
        assert_eq!(collection.indicators["a"].modified.as_millis(), 2);
        assert!(!collection.take(vec![indicator("a", 1)], None, None).expect("taken"));
        assert!(!collection.take(vec![indicator("a", 2)], Some(now), None).expect("taken"), "the same as before");
        assert!(collection.take(vec![indicator("b", 1)], None, None).expect("taken"));
        assert!(collection.take(vec![indicator("b", 1)], Some(now), None).expect("taken"), "what is gone is gone");
    }

    #[test]
    fn an_address_holds_what_is_asked_for() {
        let asked = address("https://cti.example.jp/api/collections/1/", Some("2026-01-01T00:00:00Z"), Some("a&b"));
        let expected = "https://cti.example.jp/api/collections/1/objects/?match%5Btype%5D=indicator\
            &added_after=2026-01-01T00%3A00%3A00Z&next=a%26b";
        assert_eq!(asked, expected);
    }
}
