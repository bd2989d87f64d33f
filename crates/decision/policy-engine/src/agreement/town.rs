//! A small random organisation, and random requests in it.

use std::sync::{Arc, LazyLock};

use arcstr::ArcStr;
use sekisho_model::facts::{
    ContextSlot, Entity, EntityParts, EntityType, Fact, FactBase, Handle, Interner, Slot, SlotKind,
};
use sekisho_model::{Action, HttpFacts, Method, MethodSet, NetworkFacts, Span, Timestamp};

use super::rng::Rng;
use crate::evaluate::{Parties, Question};
use crate::reports::Reports;
use crate::situation::{Network, Posture, Session, Situation};

/// Texts that attributes have and policies write.
pub(super) const TEXTS: &[&str] = &[
    "",
    "a",
    "ab",
    "staff",
    "contractor",
    "sales",
    "finance",
    "active",
    "office",
    "passkey",
    "totp",
    "password",
    "apollo",
    "zeus",
    "GET",
    "POST",
    "/a/b",
    "/a*b",
    "é日本",
    "x \"y\" \\z",
    "device",
    "corporate",
    "linux",
    "wiki.localhost",
];
pub(super) const TAGS: &[&str] = &["project", "site", "é"];

pub(super) struct Town {
    pub facts: FactBase,
    pub handles: Vec<Handle>,
    /// Until when the reports of some devices are fresh.
    pub reports: Vec<(Handle, Timestamp)>,
}

/// A request without its references.
pub(super) struct Errand {
    pub principal: Handle,
    pub action: Action,
    pub resource: Handle,
    pub situation: Situation<'static>,
}

impl Errand {
    pub(super) fn question<'a>(&'a self, town: &'a Town) -> Question<'a> {
        Question {
            facts: &town.facts,
            principal: self.principal,
            action: self.action,
            resource: self.resource,
            situation: &self.situation,
            reports: Reports::Given(&town.reports),
            parties: Parties::of(&town.facts, self.principal, self.resource, self.situation.device),
        }
    }
}

/// How many entities of each type there are; one more of each is named and does not exist.
pub(super) const COUNTS: [(EntityType, &str, usize); 6] = [
    (EntityType::Group, "g", 5),
    (EntityType::Category, "c", 3),
    (EntityType::User, "u", 6),
    (EntityType::Workload, "w", 2),
    (EntityType::Device, "d", 3),
    (EntityType::Resource, "r", 5),
];

impl Town {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let interner = Arc::new(Interner::new());
        let mut handles = Vec::new();
        for (kind, letter, count) in COUNTS {
            for n in 0..=count {
                handles.push(interner.intern(kind, &format!("{letter}{n}")).expect("few names"));
            }
        }
        let mut town = Self { facts: FactBase::new(interner), handles, reports: Vec::new() };
        for (kind, _, count) in COUNTS {
            for n in 0..count {
                town.settle(rng, kind, n);
            }
        }
        // The first device reported lately, the second did perhaps, the third did not.
        let devices = town.of(EntityType::Device);
        let fresh = devices.into_iter().enumerate().filter(|(place, _)| *place == 0 || (*place == 1 && rng.one_in(2)));
        town.reports = fresh.map(|(_, device)| (device, Timestamp::from_millis(i64::MAX))).collect();
        town
    }

    pub(super) fn of(&self, kind: EntityType) -> Vec<Handle> {
        self.handles.iter().copied().filter(|handle| handle.kind() == kind).collect()
    }

    fn settle(&mut self, rng: &mut Rng, kind: EntityType, number: usize) {
        let handle = self.of(kind)[number];
        let parents = match kind {
            EntityType::User | EntityType::Workload => rng.some_of(&self.of(EntityType::Group), 3),
            EntityType::Resource => rng.some_of(&self.of(EntityType::Category), 2),
            // A group is in later ones only, so there is no cycle.
            EntityType::Group | EntityType::Category => rng.some_of(&self.of(kind)[number + 1..], 2),
            _ => Vec::new(),
        };
        let attributes = Slot::of_type(kind)
            .iter()
            .filter_map(|slot| {
                let there = slot.is_required() || !rng.one_in(3);
                there.then(|| (*slot, self.fact(rng, slot.kind())))
            })
            .collect();
        let tagged = matches!(kind, EntityType::User | EntityType::Resource);
        let tags =
            TAGS.iter().filter(|_| tagged && rng.one_in(2)).map(|tag| (ArcStr::from(*tag), ())).collect::<Vec<_>>();
        let tags = tags.into_iter().map(|(tag, ())| (tag, self.fact(rng, SlotKind::SetOfString))).collect();
        self.facts.insert(handle, Entity::new(kind, EntityParts { ancestors: parents, attributes, tags }));
        self.close(handle);
    }

    /// Ancestors are transitive. Groups are settled first and refer to later ones, so everything is closed again.
    fn close(&mut self, _: Handle) {
        for handle in self.handles.clone() {
            let Some(entity) = self.facts.get(handle) else { continue };
            let mut ancestors: Vec<Handle> = entity.ancestors().to_vec();
            let mut at = 0;
            while let Some(next) = ancestors.get(at).copied() {
                ancestors.extend(self.facts.get(next).map_or(&[][..], Entity::ancestors).to_vec());
                ancestors.sort();
                ancestors.dedup();
                at = if ancestors.get(at) == Some(&next) { at + 1 } else { 0 };
            }
            let attributes = entity.attributes().map(|(slot, fact)| (slot, fact.clone())).collect();
            let parts = EntityParts { ancestors, attributes, tags: entity.tags().to_vec() };
            let entity = Entity::new(entity.kind(), parts);
            self.facts.insert(handle, entity);
        }
    }

    fn fact(&self, rng: &mut Rng, kind: SlotKind) -> Fact {
        match kind {
            SlotKind::Bool => Fact::Bool(rng.one_in(2)),
            SlotKind::Long => Fact::Long(*rng.pick(&[0, 1, 2, 3, 4, 50, 100, i64::MAX, i64::MIN])),
            SlotKind::String => Fact::string(*rng.pick(TEXTS)),
            SlotKind::Entity(kind) => Fact::Entity(*rng.pick(&self.of(kind))),
            SlotKind::SetOfString => Fact::set(rng.some_of(TEXTS, 4).into_iter().map(Fact::string)),
            SlotKind::Datetime | SlotKind::Duration | SlotKind::Ip => Fact::Absent,
        }
    }

    pub(super) fn errand(&self, rng: &mut Rng) -> Errand {
        let principals = if rng.one_in(4) { EntityType::Workload } else { EntityType::User };
        let now = Timestamp::from_millis(*rng.pick(&[0, -1, 1_700_000_000_000, 1_763_733_599_999, 4_102_444_800_000]));
        let before = |rng: &mut Rng| {
            let ages = [0, 1, 999, 59_999, 60_000, 899_999, 900_000, 900_001, 3_600_000, 86_400_000, -1, -60_001];
            Timestamp::from_millis(now.as_millis() - rng.pick(&ages))
        };
        let device = (!rng.one_in(3)).then(|| *rng.pick(&self.of(EntityType::Device)));
        let risk = u8::try_from(rng.below(101)).expect("at most 100");
        let http = (!rng.one_in(3)).then(|| rng.pick(&HTTP));
        Errand {
            principal: *rng.pick(&self.of(principals)),
            action: *rng.pick(&Action::ALL),
            resource: *rng.pick(&self.of(EntityType::Resource)),
            situation: Situation {
                now,
                utc_offset_minutes: *rng.pick(&[0, 540, -720, 345]),
                offset_changes_at: None,
                network: Network::of(rng.pick(&NETWORKS)),
                session: Session {
                    established_at: before(rng),
                    authenticated_at: before(rng),
                    methods: rng.some_of(&Method::ALL, 4).into_iter().collect::<MethodSet>(),
                    assurance_limit: rng.one_in(3).then(|| *rng.pick(&[1, 2, 3])),
                    device_bound: rng.one_in(2),
                },
                device,
                posture: if rng.one_in(2) { Posture::Fresh(now.plus(Span::from_minutes(5))) } else { Posture::Stale },
                grant: (!rng.one_in(2)).then(|| (*rng.pick(TEXTS), before(rng))),
                risk,
                risk_changes_at: None,
                http,
                operation: http.filter(|_| rng.one_in(2)).map(|_| *rng.pick(TEXTS)),
            },
        }
    }
}

/// Addresses that requests come from.
const ADDRESSES: &[&str] = &[
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.255",
    "224.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "::1",
    "2001:db8::1",
    "ff02::1",
];

/// What is known of them: each address with every zone, country, system and score that a policy can tell apart.
static NETWORKS: LazyLock<Vec<NetworkFacts>> = LazyLock::new(|| {
    let mut rng = Rng(41);
    let some = |rng: &mut Rng, fact: Fact| if rng.one_in(3) { Fact::Absent } else { fact };
    let network = |address: &&str| {
        let mut facts = NetworkFacts::new(address.parse().expect("an address"));
        let (zone, country) = (*rng.pick(TEXTS), *rng.pick(TEXTS));
        facts = facts.with(ContextSlot::NetworkZone, some(&mut rng, Fact::string(zone)));
        facts = facts.with(ContextSlot::NetworkCountry, some(&mut rng, Fact::string(country)));
        facts = facts.with(ContextSlot::NetworkAsn, some(&mut rng, Fact::Long(64_496)));
        facts.with(ContextSlot::NetworkThreat, Fact::Long(*rng.pick(&[0, 1, 50, 100])))
    };
    ADDRESSES.iter().cycle().take(40 * ADDRESSES.len()).map(network).collect()
});

static HTTP: LazyLock<Vec<HttpFacts>> = LazyLock::new(|| {
    [("GET", "/a/b"), ("POST", "/"), ("DELETE", "/é日本"), ("GET", "/a*b")]
        .map(|(method, path)| {
            let host = "wiki.localhost".parse().expect("a host");
            HttpFacts::new(ArcStr::from(method), ArcStr::from(path), host)
        })
        .into()
});
