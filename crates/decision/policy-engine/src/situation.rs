//! `context`, computed slot by slot when a policy reads it. Nothing is built before a decision, so nothing is allocated.

use std::sync::LazyLock;

use sekisho_model::facts::{ContextSlot, Fact, FactSet, Handle, IpPrefix};
use sekisho_model::{HttpFacts, Method, MethodSet, NetworkFacts, Timestamp};

use crate::value::Value;

/// The state in which a request is made: everything of `context`. Plain data, so that a "what if" is a changed copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub now: Timestamp,
    /// Minutes east of UTC, now.
    pub utc_offset_minutes: i16,
    /// When that offset next changes: at the begin or the end of daylight saving.
    pub offset_changes_at: Option<Timestamp>,
    pub network: Network<'a>,
    pub session: Session,
    /// The device that was proven, fresh or stale.
    pub device: Option<Handle>,
    /// Whether what that device reported is fresh. Only then it is read.
    pub posture: Posture,
    pub grant: Option<(&'a str, Timestamp)>,
    pub risk: u8,
    /// When the risk changes by time alone.
    pub risk_changes_at: Option<Timestamp>,
    pub http: Option<&'a HttpFacts>,
    /// The operation of the resource's API that the request is.
    pub operation: Option<&'a str>,
}

/// Where the request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network<'a> {
    pub ip: IpPrefix,
    /// The other attributes, in the order of [`ContextSlot::NETWORK`].
    facts: [Option<Value<'a>>; ContextSlot::NETWORK.len()],
}

impl<'a> Network<'a> {
    pub(crate) fn of(network: &'a NetworkFacts) -> Self {
        Self { ip: IpPrefix::host(network.ip), facts: network.facts().each_ref().map(Value::of) }
    }

    #[inline]
    fn get(&self, slot: ContextSlot) -> Option<Value<'a>> {
        *self.facts.get(slot.network_position()?)?
    }

    /// Replaces one attribute. Slots that are not in [`ContextSlot::NETWORK`] are ignored.
    pub(crate) fn set(&mut self, slot: ContextSlot, value: Value<'a>) {
        if let Some(place) = slot.network_position().and_then(|at| self.facts.get_mut(at)) {
            *place = Some(value);
        }
    }
}

/// The session it is made in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub established_at: Timestamp,
    pub authenticated_at: Timestamp,
    pub methods: MethodSet,
    /// The highest assurance that assessments leave the session.
    pub assurance_limit: Option<u8>,
    pub device_bound: bool,
}

impl Session {
    fn assurance(&self) -> u8 {
        let proven = self.methods.assurance();
        self.assurance_limit.map_or(proven, |limit| proven.min(limit))
    }
}

/// Whether the posture of the request's device may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Posture {
    /// It is fresh until then.
    Fresh(Timestamp),
    /// It is not.
    Stale,
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

impl Situation<'_> {
    /// The value of a slot; `None` when it is absent.
    pub(crate) fn get(&self, slot: ContextSlot) -> Option<Value<'_>> {
        let http = self.http;
        Some(match slot {
            ContextSlot::Now => Value::Datetime(self.now.as_millis()),
            ContextSlot::Hour => Value::Long(self.local().rem_euclid(DAY) / HOUR),
            // 1970-01-01 was a Thursday.
            ContextSlot::Weekday => Value::Long((self.local().div_euclid(DAY) + 3).rem_euclid(7) + 1),
            ContextSlot::NetworkIp => Value::Ip(&self.network.ip),
            ContextSlot::NetworkZone
            | ContextSlot::NetworkCountry
            | ContextSlot::NetworkAsn
            | ContextSlot::NetworkThreat => self.network.get(slot)?,
            ContextSlot::SessionAge => Value::Duration(self.now.since(self.session.established_at).as_millis()),
            ContextSlot::SessionAuthAge => Value::Duration(self.now.since(self.session.authenticated_at).as_millis()),
            ContextSlot::SessionAssurance => Value::Long(i64::from(self.session.assurance())),
            ContextSlot::SessionMethods => Value::Set(names(self.session.methods)?),
            ContextSlot::SessionPhishingResistant => Value::Bool(self.session.methods.phishing_resistant()),
            ContextSlot::SessionDeviceBound => Value::Bool(self.session.device_bound),
            ContextSlot::Device => Value::Entity(self.device?),
            ContextSlot::GrantId => Value::String(self.grant?.0),
            ContextSlot::GrantUntil => Value::Datetime(self.grant?.1.as_millis()),
            ContextSlot::Risk => Value::Long(i64::from(self.risk)),
            ContextSlot::Trust => Value::Long(100 - i64::from(self.risk)),
            ContextSlot::RequestMethod => Value::String(&http?.method),
            ContextSlot::RequestPath => Value::String(&http?.path),
            ContextSlot::RequestHost => Value::String(http?.host.as_str()),
            ContextSlot::RequestOperation => Value::String(self.operation?),
        })
    }

    /// Until when a slot that was read keeps its value if no fact changes; `None` when no time alone changes it.
    pub(crate) fn lasts(&self, slot: ContextSlot) -> Option<Timestamp> {
        let next = |length: i64| {
            let into = self.local().rem_euclid(length);
            let next = Timestamp::from_millis(self.now.as_millis().saturating_add(length - into));
            // The local hour jumps with the offset, also in the middle of an hour.
            self.offset_changes_at.map_or(next, |change| change.min(next))
        };
        match slot {
            ContextSlot::Now | ContextSlot::SessionAge | ContextSlot::SessionAuthAge => Some(self.now),
            ContextSlot::Hour => Some(next(HOUR)),
            ContextSlot::Weekday => Some(next(DAY)),
            ContextSlot::GrantId | ContextSlot::GrantUntil => self.grant.map(|(_, until)| until),
            ContextSlot::Risk | ContextSlot::Trust => self.risk_changes_at,
            _ => None,
        }
    }

    fn local(&self) -> i64 {
        self.now.as_millis().saturating_add(i64::from(self.utc_offset_minutes) * 60_000)
    }
}

/// The names of methods as a set, made once for each of the few combinations.
fn names(methods: MethodSet) -> Option<&'static FactSet> {
    static NAMES: LazyLock<Vec<FactSet>> = LazyLock::new(|| {
        (0..1_usize << Method::ALL.len())
            .map(|bits| {
                let chosen = Method::ALL.into_iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
                chosen.map(|(_, method)| Fact::string(method.name())).collect()
            })
            .collect()
    });
    let bits = Method::ALL.into_iter().enumerate().filter(|(_, method)| methods.contains(*method));
    NAMES.get(bits.fold(0, |bits, (place, _)| bits | 1 << place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_weekdays_are_local() {
        let at = |text: &str, offset| {
            let parsed = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).expect(text);
            let now = Timestamp::from_millis(parsed.unix_timestamp() * 1000);
            let situation = Situation { now, utc_offset_minutes: offset, ..crate::testing::situation() };
            let number = |slot| match situation.get(slot) {
                Some(Value::Long(number)) => number,
                other => panic!("{other:?}"),
            };
            (number(ContextSlot::Hour), number(ContextSlot::Weekday), situation.lasts(ContextSlot::Hour))
        };
        assert_eq!((at("1970-01-01T00:00:00Z", 0).0, at("1970-01-01T00:00:00Z", 0).1), (0, 4));
        assert_eq!((at("2026-11-21T14:59:00Z", 540).0, at("2026-11-21T14:59:00Z", 540).1), (23, 6));
        assert_eq!((at("2026-11-21T15:00:00Z", 540).0, at("2026-11-21T15:00:00Z", 540).1), (0, 7));
        assert_eq!((at("1969-12-31T23:00:00Z", 0).0, at("1969-12-31T23:00:00Z", 0).1), (23, 3));
        let (_, _, lasts) = at("2026-11-21T14:59:00Z", 540);
        assert_eq!(lasts.map(|at| at.to_string()), Some("2026-11-21T15:00:00Z".to_owned()));
    }

    #[test]
    fn an_hour_ends_with_the_offset_it_was_counted_with() {
        let (now, change) = (Timestamp::from_millis(10 * HOUR + 1), Timestamp::from_millis(10 * HOUR + HOUR / 2));
        let lasts =
            |offset_changes_at, slot| Situation { now, offset_changes_at, ..crate::testing::situation() }.lasts(slot);
        assert_eq!(lasts(Some(change), ContextSlot::Hour), Some(change));
        assert_eq!(lasts(Some(change), ContextSlot::Weekday), Some(change));
        let later = Timestamp::from_millis(11 * HOUR + 1);
        assert_eq!(lasts(Some(later), ContextSlot::Hour), Some(Timestamp::from_millis(11 * HOUR)));
        assert_eq!(lasts(None, ContextSlot::Weekday), Some(Timestamp::from_millis(DAY)));
    }

    #[test]
    fn what_time_does_not_move_lasts() {
        let at = Some(Timestamp::from_millis(5));
        let grant = Some(("grant", Timestamp::from_millis(5)));
        let situation = Situation { risk_changes_at: at, grant, ..crate::testing::situation() };
        for slot in ContextSlot::ALL {
            assert_eq!(situation.lasts(*slot).is_some(), slot.moves_with_time(), "{slot:?}");
        }
    }

    #[test]
    fn method_names_are_those_of_the_methods() {
        for bits in 0..16_u8 {
            let chosen = Method::ALL.into_iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
            let chosen: MethodSet = chosen.map(|(_, method)| method).collect();
            let expected: FactSet = chosen.iter().map(|method| Fact::string(method.name())).collect();
            assert_eq!(names(chosen), Some(&expected));
        }
    }
}
