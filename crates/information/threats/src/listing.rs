//! What counts of a feed's entries now: one score for each network, without what is allowed.

use std::collections::BTreeMap;

use ipnet::IpNet;
use sekisho_model::{Span, Timestamp};

use crate::network;

/// One entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) network: IpNet,
    pub(crate) score: u8,
    /// When it begins to count; at once where absent.
    pub(crate) from: Option<Timestamp>,
    /// When it stops to count; when the feed names it no longer where absent.
    pub(crate) until: Option<Timestamp>,
    /// Why, for people.
    pub(crate) why: String,
}

/// What a feed says of one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) score: u8,
    pub(crate) until: Timestamp,
    pub(crate) why: String,
}

/// What counts now, and when that changes by itself.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) networks: BTreeMap<IpNet, Listed>,
    pub(crate) changes_at: Option<Timestamp>,
}

/// The end of what has none.
pub(crate) const NO_END: Timestamp = Timestamp::from_millis(253_402_300_799_000);

/// What counts of these entries. Of several entries for one network the highest score counts, and of equal ones the longest.
// INVARIANT I-27: an address that the operator allows is not a threat, whichever feed names it, alone or as part of a network.
pub(crate) fn listing<'e>(entries: impl Iterator<Item = &'e Entry>, allowed: &[IpNet], now: Timestamp) -> Listing {
    let mut listing = Listing::default();
    for entry in entries {
        let until = entry.until.unwrap_or(NO_END).min(NO_END);
        let next = if entry.from.is_some_and(|from| now < from) { entry.from } else { Some(until) };
        if let Some(next) = next.filter(|next| now < *next && *next < NO_END) {
            listing.changes_at = Some(listing.changes_at.map_or(next, |known| known.min(next)));
        }
        if until <= now || entry.from.is_some_and(|from| now < from) {
            continue;
        }
        for part in network::without(entry.network, allowed) {
            let listed = Listed { score: entry.score, until, why: entry.why.clone() };
            let known = listing.networks.get(&part);
            if known.is_none_or(|known| (known.score, known.until) < (listed.score, listed.until)) {
                listing.networks.insert(part, listed);
            }
        }
    }
    listing
}

/// How long it is until a time, for a task that waits for it.
pub(crate) fn is_due(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| at.since(now) <= Span::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(network: &str, score: u8, from: Option<i64>, until: Option<i64>) -> Entry {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        Entry {
            network: network.parse().expect("a network"),
            score,
            from: from.map(at),
            until: until.map(at),
            why: "w".to_owned(),
        }
    }

    fn scores(entries: &[Entry], allowed: &[&str], now: i64) -> (Vec<(String, u8)>, Option<i64>) {
        let allowed: Vec<IpNet> = allowed.iter().map(|text| text.parse().expect("a network")).collect();
        let listing = listing(entries.iter(), &allowed, Timestamp::from_millis(now * 1000));
        let networks = listing.networks.iter().map(|(network, listed)| (network.to_string(), listed.score)).collect();
        (networks, listing.changes_at.map(Timestamp::as_seconds))
    }

    #[test]
    fn an_entry_counts_from_its_beginning_to_its_end() {
        let entries = [entry("192.0.2.7/32", 50, Some(10), Some(20))];
        assert_eq!(scores(&entries, &[], 9), (vec![], Some(10)));
        assert_eq!(scores(&entries, &[], 10), (vec![("192.0.2.7/32".to_owned(), 50)], Some(20)));
        assert_eq!(scores(&entries, &[], 20), (vec![], None));
    }

    #[test]
    fn of_several_entries_the_highest_counts() {
        let entries = [
            entry("192.0.2.7/32", 50, None, None),
            entry("192.0.2.7/32", 90, None, Some(5)),
            entry("192.0.2.7/32", 20, None, None),
        ];
        assert_eq!(scores(&entries, &[], 0).0, [("192.0.2.7/32".to_owned(), 90)]);
        assert_eq!(scores(&entries, &[], 5).0, [("192.0.2.7/32".to_owned(), 50)]);
    }

    #[test]
    fn i27_what_is_allowed_is_listed_neither_alone_nor_as_part_of_a_network() {
        let entries = [entry("192.0.2.7/32", 50, None, None), entry("192.0.2.6/31", 50, None, None)];
        assert_eq!(scores(&entries, &["192.0.2.7/32"], 0).0, [("192.0.2.6/32".to_owned(), 50)]);
        assert_eq!(scores(&entries, &["192.0.2.0/24"], 0).0, []);
        assert_eq!(scores(&entries, &["198.51.100.0/24"], 0).0.len(), 2);
    }
}
