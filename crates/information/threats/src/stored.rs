//! What feeds say, as it is stored: one assessment for each network of each feed, so that a later reading writes only what changed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use sekisho_model::documents::{Assessment, AssessmentTarget, FactValue, Kind};
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::Deserialize;
use serde_json::to_value;

use crate::listing::Listed;

/// What the identifiers of these assessments begin with.
const PREFIX: &str = "threat.";
/// How many assessments are read at once.
const PAGE: u32 = 5000;

/// What one feed says of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) feed: String,
    pub(crate) network: IpNet,
    pub(crate) listed: Listed,
}

/// What every feed says, by feed.
pub(crate) async fn all(store: &Store) -> Result<BTreeMap<String, BTreeMap<IpNet, Listed>>, StoreError> {
    let (mut found, mut after) = (BTreeMap::<String, BTreeMap<_, _>>::new(), PREFIX.to_owned());
    loop {
        let page = store.list(Kind::Assessment, Some(&after), PAGE).await?;
        let Some(last) = page.last().map(|last| last.id.clone()) else { return Ok(found) };
        for said in page.into_iter().filter_map(|document| said(&document.id, document.body)) {
            found.entry(said.feed).or_default().insert(said.network, said.listed);
        }
        if !last.starts_with(PREFIX) {
            return Ok(found);
        }
        after = last;
    }
}

/// What these feeds say of an address.
pub(crate) async fn of(store: &Store, feeds: &[String], address: IpAddr) -> Result<Vec<Said>, StoreError> {
    let (address, mut found) = (address.to_canonical(), Vec::new());
    let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
    for feed in feeds {
        for length in 0..=longest {
            let Ok(network) = IpNet::new(address, length) else { continue };
            let Some(document) = store.get(Kind::Assessment, &id(feed, network.trunc())).await? else { continue };
            found.extend(said(&document.id, document.body));
        }
    }
    Ok(found)
}

/// The writes that bring what is stored of a feed to what it says now.
pub(crate) fn changes(feed: &str, stored: &BTreeMap<IpNet, Listed>, now: &BTreeMap<IpNet, Listed>) -> Vec<Write> {
    let gone = stored.keys().filter(|network| !now.contains_key(network));
    let delete =
        |network: &IpNet| Write::Delete { kind: Kind::Assessment, id: id(feed, *network), expected: Expected::Any };
    let (changed, new): (Vec<_>, Vec<_>) = now
        .iter()
        .filter(|(network, listed)| stored.get(network) != Some(*listed))
        .partition(|(network, _)| stored.contains_key(network));
    // Many new documents are one statement. What is gone comes last: between two transactions a network that is split is listed twice and
    // never not at all.
    let new = new.into_iter().filter_map(|(network, listed)| put(feed, *network, listed, Expected::New));
    let changed = changed.into_iter().filter_map(|(network, listed)| put(feed, *network, listed, Expected::Any));
    new.chain(changed).chain(gone.map(delete)).collect()
}

fn put(feed: &str, network: IpNet, listed: &Listed, expected: Expected) -> Option<Write> {
    let id = id(feed, network);
    let assessment = Assessment {
        id: id.parse().ok()?,
        about: AssessmentTarget::Address(network),
        slot: "threat".to_owned(),
        value: FactValue::Number(listed.score.into()),
        until: listed.until,
        source: source(feed),
        why: listed.why.clone(),
    };
    Some(Write::Put { kind: Kind::Assessment, id, expected, body: to_value(assessment).ok()? })
}

fn source(feed: &str) -> String {
    format!("threat-feed/{feed}")
}

/// The last dot of an identifier stands before the network, because that has none.
fn id(feed: &str, network: IpNet) -> String {
    let octets = match network.addr() {
        IpAddr::V4(v4) => hex::encode(v4.octets()),
        IpAddr::V6(v6) => hex::encode(v6.octets()),
    };
    format!("{PREFIX}{feed}.{octets}-{}", network.prefix_len())
}

fn said(id: &str, body: serde_json::Value) -> Option<Said> {
    let (feed, _) = id.strip_prefix(PREFIX)?.rsplit_once('.')?;
    let assessment = Assessment::deserialize(body).ok()?;
    let (AssessmentTarget::Address(network), FactValue::Number(score)) = (assessment.about, assessment.value) else {
        return None;
    };
    let listed = Listed { score: u8::try_from(score).ok()?, until: assessment.until, why: assessment.why };
    (assessment.source == source(feed)).then(|| Said { feed: feed.to_owned(), network, listed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::NO_END;

    fn saying(networks: &[(&str, u8)]) -> BTreeMap<IpNet, Listed> {
        let listed = |score| Listed { score, until: NO_END, why: "w".to_owned() };
        networks.iter().map(|(network, score)| (network.parse().expect("a network"), listed(*score))).collect()
    }

    #[test]
    fn only_what_changed_is_written() {
        let stored = saying(&[("192.0.2.1/32", 50), ("192.0.2.2/32", 50), ("2001:db8::/32", 50)]);
        let now = saying(&[("192.0.2.1/32", 50), ("192.0.2.2/32", 60), ("192.0.2.3/32", 50)]);
        let writes = changes("a.b", &stored, &now);
        let ids: Vec<&str> = writes.iter().map(Write::id).collect();
        let gone = "threat.a.b.20010db8000000000000000000000000-32";
        assert_eq!(ids, ["threat.a.b.c0000203-32", "threat.a.b.c0000202-32", gone]);
        assert!(matches!(writes.last(), Some(Write::Delete { .. })));
        assert!(changes("a.b", &now, &now).is_empty());
    }

    #[test]
    fn what_is_written_is_read_again_and_what_others_wrote_is_not() {
        for write in changes("a.b", &BTreeMap::new(), &saying(&[("192.0.2.0/24", 7), ("2001:db8::/32", 9)])) {
            let Write::Put { id, mut body, .. } = write else { panic!("a put") };
            let read = said(&id, body.clone()).expect("what a feed says");
            assert_eq!((read.feed.as_str(), id), ("a.b", super::id("a.b", read.network)));
            body["source"] = "detection".into();
            assert_eq!(said("threat.a.b.c0000200-24", body), None);
        }
        let longest = format!("threat.{}.{}-128", "f".repeat(64), "0".repeat(32));
        assert!(longest.parse::<sekisho_model::AssessmentId>().is_ok());
    }
}
