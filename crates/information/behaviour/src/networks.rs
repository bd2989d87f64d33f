//! What is stored of networks: one assessment of the country and one of the number of each network that somebody came from.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;
use sekisho_model::documents::{Assessment, AssessmentTarget, FactValue, Kind};
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::Deserialize;

use crate::Atlas;
use crate::atlas::Looked;
use crate::failure::LearningError;

/// What the identifiers of these assessments begin with.
const PREFIX: &str = "place.";
/// What made them.
const SOURCE: &str = "place-files";
const COUNTRY: &str = "country";
const NUMBER: &str = "asn";
/// How long a network is known after somebody came from there.
const KEPT: Span = Span::from_minutes(60 * 24 * 60);
/// When less than this is left of it, the next visit prolongs it.
const RENEWED: Span = Span::from_minutes(30 * 24 * 60);
/// The most assessments that are kept. Beyond them those that end first go.
// INVARIANT I-67: what strangers can cause is bounded: no more networks are known, however many addresses ask.
const MOST: usize = 20_000;
/// The most addresses that are remembered as looked up.
const MOST_LOOKED: usize = 65_536;
/// How many assessments are read at once.
const PAGE: u32 = 5000;

/// What is stored of networks.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    stored: BTreeMap<String, Known>,
    looked: HashSet<IpAddr>,
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    network: IpNet,
    value: FactValue,
    until: Timestamp,
}

impl Networks {
    /// What is stored.
    pub(crate) async fn load(store: &Store) -> Result<Self, StoreError> {
        let (mut stored, mut after) = (BTreeMap::new(), PREFIX.to_owned());
        loop {
            let page = store.list(Kind::Assessment, Some(&after), PAGE).await?;
            let Some(last) = page.last().map(|last| last.id.clone()) else { break };
            for document in page {
                let Ok(assessment) = Assessment::deserialize(document.body) else { continue };
                if let (AssessmentTarget::Address(network), SOURCE) = (assessment.about, assessment.source.as_str()) {
                    let known = Known { network, value: assessment.value, until: assessment.until };
                    stored.insert(document.id, known);
                }
            }
            if !last.starts_with(PREFIX) {
                break;
            }
            after = last;
        }
        Ok(Self { stored, looked: HashSet::new() })
    }

    /// How many are stored.
    pub(crate) fn len(&self) -> usize {
        self.stored.len()
    }

    /// The writes after somebody came from an address.
    pub(crate) fn visit(
        &mut self,
        atlas: &Atlas,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Vec<Write>, LearningError> {
        if self.looked.len() >= MOST_LOOKED {
            self.looked.clear();
        }
        if !self.looked.insert(address.to_canonical()) {
            return Ok(Vec::new());
        }
        let mut writes = Vec::new();
        for (slot, network, value) in said(&atlas.look(address)) {
            let id = id(slot, network);
            let is_known = |known: &Known| known.value == value && known.until.since(now) > RENEWED;
            if self.stored.get(&id).is_some_and(is_known) {
                continue;
            }
            let known = Known { network, value, until: now.plus(KEPT) };
            writes.push(put(&id, slot, &known)?);
            self.stored.insert(id, known);
        }
        while self.stored.len() > MOST {
            let first = self.stored.iter().min_by_key(|(_, known)| known.until).map(|(id, _)| id.clone());
            let Some(first) = first else { break };
            writes.push(self.forget(&first));
        }
        Ok(writes)
    }

    /// The writes after the files changed: what they say no longer is withdrawn, and what they say instead is put.
    pub(crate) fn compare(&mut self, atlas: &Atlas, now: Timestamp) -> Result<Vec<Write>, LearningError> {
        self.looked.clear();
        let (mut writes, mut gone) = (Vec::new(), Vec::new());
        let networks: Vec<IpNet> = self.stored.values().map(|known| known.network).collect();
        let mut wanted = BTreeMap::new();
        for network in networks {
            for (slot, network, value) in said(&atlas.look(network.addr())) {
                wanted.insert(id(slot, network), (slot, network, value));
            }
        }
        for id in self.stored.keys().filter(|id| !wanted.contains_key(*id)) {
            gone.push(id.clone());
        }
        for (id, (slot, network, value)) in wanted {
            if self.stored.get(&id).is_none_or(|known| known.value != value) {
                let known = Known { network, value, until: now.plus(KEPT) };
                writes.push(put(&id, slot, &known)?);
                self.stored.insert(id, known);
            }
        }
        writes.extend(gone.iter().map(|id| self.forget(id)));
        Ok(writes)
    }

    /// The writes that remove what has ended.
    pub(crate) fn sweep(&mut self, now: Timestamp) -> Vec<Write> {
        let ended: Vec<String> =
            self.stored.iter().filter(|(_, known)| known.until <= now).map(|(id, _)| id.clone()).collect();
        // An address that comes again is looked up again.
        self.looked.clear();
        ended.iter().map(|id| self.forget(id)).collect()
    }

    fn forget(&mut self, id: &str) -> Write {
        self.stored.remove(id);
        Write::Delete { kind: Kind::Assessment, id: id.to_owned(), expected: Expected::Any }
    }
}

fn said(looked: &Looked) -> impl Iterator<Item = (&'static str, IpNet, FactValue)> + use<> {
    let country = looked.place.country.clone().map(FactValue::Text).zip(looked.country_of);
    let number = looked.place.network.map(|number| FactValue::Number(number.into())).zip(looked.number_of);
    let country = country.map(|(value, network)| (COUNTRY, network, value));
    country.into_iter().chain(number.map(|(value, network)| (NUMBER, network, value)))
}

fn put(id: &str, slot: &str, known: &Known) -> Result<Write, LearningError> {
    let assessment = Assessment {
        id: id.parse().map_err(|_| LearningError::Name(id.to_owned()))?,
        about: AssessmentTarget::Address(known.network),
        slot: slot.to_owned(),
        value: known.value.clone(),
        until: known.until,
        source: SOURCE.to_owned(),
        why: String::new(),
    };
    let body = serde_json::to_value(assessment)?;
    Ok(Write::Put { kind: Kind::Assessment, id: id.to_owned(), expected: Expected::Any, body })
}

fn id(slot: &str, network: IpNet) -> String {
    let octets = match network.addr() {
        IpAddr::V4(v4) => hex::encode(v4.octets()),
        IpAddr::V6(v6) => hex::encode(v6.octets()),
    };
    format!("{PREFIX}{slot}.{octets}-{}", network.prefix_len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atlas() -> (tempfile::TempDir, Atlas) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = include_bytes!("../tests/behaviour/places.mmdb");
        std::fs::write(folder.path().join("city.mmdb"), file).expect("a file");
        let mut atlas = Atlas::default();
        atlas.refresh(folder.path());
        (folder, atlas)
    }

    fn at(days: i64) -> Timestamp {
        Timestamp::from_millis(days * 86_400_000)
    }

    fn visit(networks: &mut Networks, atlas: &Atlas, address: &str, now: Timestamp) -> Vec<String> {
        let writes = networks.visit(atlas, address.parse().expect("an address"), now).expect("writes");
        writes.iter().map(|write| write.id().to_owned()).collect()
    }

    #[test]
    fn a_visit_makes_its_network_known_once_and_prolongs_it_late() {
        let ((_folder, atlas), mut networks) = (atlas(), Networks::default());
        let both = ["place.country.7f000000-25", "place.asn.7f000000-25"];
        assert_eq!(visit(&mut networks, &atlas, "127.0.0.1", at(0)), both);
        assert!(visit(&mut networks, &atlas, "127.0.0.1", at(0)).is_empty());
        assert!(visit(&mut networks, &atlas, "127.0.0.2", at(1)).is_empty(), "the same network");
        assert!(visit(&mut networks, &atlas, "127.0.0.201", at(1)).is_empty(), "nothing is said of it");
        assert_eq!(visit(&mut networks, &atlas, "127.0.0.3", at(40)), both);
        assert_eq!(networks.sweep(at(99)).len(), 0);
        assert_eq!(networks.sweep(at(100)).len(), 2);
    }

    #[test]
    fn what_the_files_say_no_longer_is_withdrawn() {
        let ((_folder, atlas), mut networks) = (atlas(), Networks::default());
        visit(&mut networks, &atlas, "127.0.0.1", at(0));
        assert!(networks.compare(&atlas, at(1)).expect("writes").is_empty());
        let writes = networks.compare(&Atlas::default(), at(1)).expect("writes");
        assert!(writes.len() == 2 && writes.iter().all(|write| matches!(write, Write::Delete { .. })), "{writes:?}");
        assert_eq!(networks.len(), 0);
    }

    #[test]
    fn i67_no_more_networks_are_known_however_many_addresses_ask() {
        let ((_folder, atlas), mut networks) = (atlas(), Networks::default());
        for number in 0..u32::try_from(MOST).expect("a number") {
            let network = IpNet::from(IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number)));
            let until = at(i64::from(number));
            networks
                .stored
                .insert(id(COUNTRY, network), Known { network, value: FactValue::Text("JP".to_owned()), until });
        }
        let writes = visit(&mut networks, &atlas, "127.0.0.1", at(0));
        assert_eq!(writes.get(2..).expect("removals"), ["place.country.0a000000-32", "place.country.0a000001-32"]);
        assert_eq!(networks.len(), MOST);
    }
}
