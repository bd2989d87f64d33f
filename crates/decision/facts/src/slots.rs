//! Where each attribute of the policy schema lives: a number per attribute, so that reading one is an index, not a search.
//!
//! The schema text is `sekisho-policy-language`'s; a test there checks that every attribute in it has its slot here.

use super::EntityType;

/// The kind of value an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    String,
    /// An entity of that type.
    Entity(EntityType),
    /// `Set<String>`
    SetOfString,
    /// `datetime`
    Datetime,
    /// `duration`
    Duration,
    /// `ipaddr`
    Ip,
}

/// Declares the slots of an entity type or of the context: number, path in policies, type, and whether it may be absent.
macro_rules! slots {
    ($(#[$doc:meta])* $name:ident { $($(#[$slot_doc:meta])* $variant:ident = $path:literal, $kind:expr, $required:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$slot_doc])* $variant,)* }

        impl $name {
            /// Every slot, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The attribute's path in policies.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }

            /// The type of its values.
            #[must_use]
            pub const fn kind(self) -> SlotKind {
                match self { $(Self::$variant => $kind,)* }
            }

            /// Whether the schema requires it, so that policies read it without `has`.
            #[must_use]
            pub const fn is_required(self) -> bool {
                match self { $(Self::$variant => $required,)* }
            }

            /// Its number.
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

use EntityType::{Device, User};
use SlotKind::{Bool, Datetime, Duration, Entity, Ip, Long, SetOfString, String};

slots! {
    /// An attribute of an entity type. The number is its place in [`super::Entity`]; types share the numbers from 0 up.
    Slot {
        /// `User.name`, `Workload.name`: the display name.
        Name = "name", String, true;
        /// `User.email`
        Email = "email", String, false;
        /// `User.department`
        Department = "department", String, false;
        /// `User.employment`: `staff`, `contractor` or `guest`.
        Employment = "employment", String, true;
        /// `User.clearance`: 0 to 4.
        Clearance = "clearance", Long, true;
        /// `User.status`: `active` or `disabled`.
        Status = "status", String, true;
        /// `User.identity_assurance`: 1 to 3, NIST SP 800-63A.
        IdentityAssurance = "identity_assurance", Long, true;
        /// `User.risk`, `Device.risk`: 0 to 100.
        Risk = "risk", Long, true;
        /// `Device.owner`, `Resource.owner`, `Workload.owner`: a user.
        Owner = "owner", Entity(User), false;
        /// `Workload.trust_domain`: the SPIFFE trust domain; absent for API tokens.
        TrustDomain = "trust_domain", String, false;
        /// `Device.managed`
        Managed = "managed", Bool, true;
        /// `Device.ownership`: `corporate` or `personal`.
        Ownership = "ownership", String, true;
        /// `Device.platform`: `linux`, `windows`, `macos`, …
        Platform = "platform", String, true;
        /// `Device.compliant`; absent when the posture is stale or was never reported.
        Compliant = "compliant", Bool, false;
        /// `Device.failing_checks`; absent with `compliant`.
        FailingChecks = "failing_checks", SetOfString, false;
        /// `Device.tier`: 0 (unknown) to 4 (hardened); absent with `compliant`.
        Tier = "tier", Long, false;
        /// `Device.worst_vulnerability`, `Resource.worst_vulnerability`: tenths of CVSS, 0 to 100; absent when not assessed.
        WorstVulnerability = "worst_vulnerability", Long, false;
        /// `Device.known_exploited`, `Resource.known_exploited`: a known exploited vulnerability is present; absent when not assessed.
        KnownExploited = "known_exploited", Bool, false;
        /// `Resource.kind`: `web`, `tcp`, `api` or `data`.
        Kind = "kind", String, true;
        /// `Resource.sensitivity`: 0 to 4.
        Sensitivity = "sensitivity", Long, true;
        /// `Resource.environment`: `production`, `staging`, …
        Environment = "environment", String, false;
    }
}

/// No place: the type has no such attribute.
const NOWHERE: u8 = u8::MAX;

/// The place of each slot in entities of each type, so that finding one is no search.
const POSITIONS: [[u8; Slot::ALL.len()]; EntityType::ALL.len()] = positions();

#[expect(clippy::indexing_slicing, reason = "every index is bounded by the loop, and a wrong one would not compile")]
#[expect(clippy::cast_possible_truncation, reason = "there are far fewer than 255 slots")]
const fn positions() -> [[u8; Slot::ALL.len()]; EntityType::ALL.len()] {
    let mut table = [[NOWHERE; Slot::ALL.len()]; EntityType::ALL.len()];
    let mut kind = 0;
    while kind < EntityType::ALL.len() {
        let slots = Slot::of_type(EntityType::ALL[kind]);
        let mut place = 0;
        while place < slots.len() {
            table[kind][slots[place] as usize] = place as u8;
            place += 1;
        }
        kind += 1;
    }
    table
}

impl Slot {
    /// The slots of an entity type, in the order in which [`super::Entity`] stores them.
    #[must_use]
    pub const fn of_type(kind: EntityType) -> &'static [Self] {
        match kind {
            EntityType::User => &[
                Self::Name,
                Self::Email,
                Self::Department,
                Self::Employment,
                Self::Clearance,
                Self::Status,
                Self::IdentityAssurance,
                Self::Risk,
            ],
            EntityType::Workload => &[Self::Name, Self::Owner, Self::TrustDomain],
            // Last what not every device has: trailing slots that are absent take no room.
            EntityType::Device => &[
                Self::Managed,
                Self::Ownership,
                Self::Platform,
                Self::Risk,
                Self::Owner,
                Self::Compliant,
                Self::FailingChecks,
                Self::Tier,
                Self::WorstVulnerability,
                Self::KnownExploited,
            ],
            EntityType::Resource => &[
                Self::Kind,
                Self::Sensitivity,
                Self::Owner,
                Self::Environment,
                Self::WorstVulnerability,
                Self::KnownExploited,
            ],
            EntityType::Group | EntityType::Category | EntityType::Action => &[],
        }
    }

    /// The place of this slot in entities of a type, or `None` when the type has no such attribute.
    #[inline]
    #[must_use]
    pub fn position(self, kind: EntityType) -> Option<usize> {
        let place = *POSITIONS.get(kind as usize)?.get(self as usize)?;
        (place != NOWHERE).then_some(usize::from(place))
    }

    /// Whether the attribute comes from a device's posture report, which can be stale.
    #[inline]
    #[must_use]
    pub const fn is_posture(self) -> bool {
        matches!(
            self,
            Self::Compliant | Self::FailingChecks | Self::Tier | Self::WorstVulnerability | Self::KnownExploited
        )
    }
}

slots! {
    /// An attribute of `context`, nested records written with dots.
    ContextSlot {
        /// The time of the decision.
        Now = "now", Datetime, true;
        /// The hour of the day, 0 to 23, in the configured time zone.
        Hour = "hour", Long, true;
        /// The day of the week, 1 (Monday) to 7 (Sunday), in the configured time zone.
        Weekday = "weekday", Long, true;
        /// The address the request came from.
        NetworkIp = "network.ip", Ip, true;
        /// The configured network zone of that address.
        NetworkZone = "network.zone", String, false;
        /// The country of that address, ISO 3166-1 alpha-2.
        NetworkCountry = "network.country", String, false;
        /// The autonomous system of that address.
        NetworkAsn = "network.asn", Long, false;
        /// The threat score of that address, 0 to 100.
        NetworkThreat = "network.threat", Long, true;
        /// How long ago the session began.
        SessionAge = "session.age", Duration, true;
        /// How long ago the subject last authenticated.
        SessionAuthAge = "session.auth_age", Duration, true;
        /// The authenticator assurance level, 1 to 3.
        SessionAssurance = "session.assurance", Long, true;
        /// The methods used: `password`, `totp`, `passkey`, `recovery-code`.
        SessionMethods = "session.methods", SetOfString, true;
        /// Whether a phishing-resistant method was used.
        SessionPhishingResistant = "session.phishing_resistant", Bool, true;
        /// Whether the device proved its key in this session.
        SessionDeviceBound = "session.device_bound", Bool, true;
        /// The device that the request came from, when it is known.
        Device = "device", Entity(Device), false;
        /// The grant under which the subject asks: its identifier.
        GrantId = "grant.id", String, false;
        /// When that grant ends.
        GrantUntil = "grant.until", Datetime, false;
        /// The risk of the request, 0 to 100.
        Risk = "risk", Long, true;
        /// 100 less the risk.
        Trust = "trust", Long, true;
        /// The request's method, upper case.
        RequestMethod = "request.method", String, false;
        /// The request's canonical path.
        RequestPath = "request.path", String, false;
        /// The request's canonical host.
        RequestHost = "request.host", String, false;
        /// The operation of the resource's API that the request is, when the resource has an API document.
        RequestOperation = "request.operation", String, false;
    }
}

impl ContextSlot {
    /// How many slots a bit mask of them can hold: what an evaluation read is kept as a `u64`.
    pub const MASK_BITS: usize = 64;

    /// What is known of an address besides itself, in the order in which `NetworkFacts` stores it.
    pub const NETWORK: [Self; 4] = [Self::NetworkZone, Self::NetworkCountry, Self::NetworkAsn, Self::NetworkThreat];

    /// The place of this slot in [`ContextSlot::NETWORK`], or `None` when it is not one of them.
    #[inline]
    #[must_use]
    pub const fn network_position(self) -> Option<usize> {
        match self {
            Self::NetworkZone => Some(0),
            Self::NetworkCountry => Some(1),
            Self::NetworkAsn => Some(2),
            Self::NetworkThreat => Some(3),
            _ => None,
        }
    }

    /// Whether time alone can change the value, so that it must be asked how long an answer holds that read it.
    #[inline]
    #[must_use]
    pub const fn moves_with_time(self) -> bool {
        matches!(
            self,
            Self::Now
                | Self::Hour
                | Self::Weekday
                | Self::SessionAge
                | Self::SessionAuthAge
                | Self::GrantId
                | Self::GrantUntil
                | Self::Risk
                | Self::Trust
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_found_where_it_is() {
        for kind in EntityType::ALL {
            for slot in Slot::ALL {
                assert_eq!(slot.position(kind), Slot::of_type(kind).iter().position(|other| other == slot));
            }
        }
    }

    #[test]
    fn context_slots_fit_a_bit_mask() {
        assert!(ContextSlot::ALL.len() <= ContextSlot::MASK_BITS);
    }

    #[test]
    fn every_known_attribute_of_a_network_has_its_place() {
        for slot in ContextSlot::ALL {
            let is_known = slot.path().starts_with("network.") && *slot != ContextSlot::NetworkIp;
            assert_eq!(slot.network_position().is_some(), is_known, "{slot:?}");
            assert_eq!(slot.network_position().map(|at| ContextSlot::NETWORK[at]), is_known.then_some(*slot));
        }
    }
}
