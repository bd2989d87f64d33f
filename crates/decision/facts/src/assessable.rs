//! Which attributes may be assessed, in one table: of what, within which range, and what counts of several assessments.

use super::{ContextSlot, EntityType, Fact, Slot};
use crate::FactValue;

/// One row: an attribute that assessments may give a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessable {
    /// The attribute.
    pub slot: AssessedSlot,
    /// Which values it takes.
    pub range: Range,
    /// What counts of several assessments, and of what the platform knows itself.
    pub of_several: OfSeveral,
    /// Whether a part of this program writes the attribute. `policy check` warns of those that nothing writes.
    pub is_written: bool,
}

/// An attribute that may be assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssessedSlot {
    /// An attribute of an entity of that type.
    Entity(EntityType, Slot),
    /// An attribute of the session, in `context.session`.
    Session(ContextSlot),
    /// An attribute of the request's address, in `context.network`.
    Address(ContextSlot),
}

/// The values that an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// A whole number, both ends included.
    Long(i64, i64),
    /// A truth value.
    Bool,
    /// An ISO 3166-1 alpha-2 code: two upper-case letters.
    Country,
}

/// What counts where several assessments of one attribute have not ended. Absent values count for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfSeveral {
    /// The highest, of what the platform knows itself too.
    Highest,
    /// The lowest, of what the platform knows itself too.
    Lowest,
    /// The one that ends last.
    Last,
}

const fn row(slot: AssessedSlot, range: Range, of_several: OfSeveral, is_written: bool) -> Assessable {
    Assessable { slot, range, of_several, is_written }
}

use AssessedSlot::{Address, Entity, Session};

/// Every attribute that may be assessed. No attribute of a workload is in it: those come from the token's document alone.
pub const ASSESSABLE: &[Assessable] = &[
    row(Entity(EntityType::User, Slot::IdentityAssurance), Range::Long(1, 3), OfSeveral::Lowest, true),
    row(Entity(EntityType::Device, Slot::Tier), Range::Long(0, 4), OfSeveral::Lowest, true),
    row(Entity(EntityType::Device, Slot::WorstVulnerability), Range::Long(0, 100), OfSeveral::Highest, true),
    row(Entity(EntityType::Device, Slot::KnownExploited), Range::Bool, OfSeveral::Highest, true),
    row(Entity(EntityType::Resource, Slot::Sensitivity), Range::Long(0, 4), OfSeveral::Highest, true),
    row(Entity(EntityType::Resource, Slot::WorstVulnerability), Range::Long(0, 100), OfSeveral::Highest, true),
    row(Entity(EntityType::Resource, Slot::KnownExploited), Range::Bool, OfSeveral::Highest, true),
    row(Session(ContextSlot::SessionAssurance), Range::Long(1, 3), OfSeveral::Lowest, true),
    row(Address(ContextSlot::NetworkCountry), Range::Country, OfSeveral::Last, false),
    row(Address(ContextSlot::NetworkAsn), Range::Long(0, u32::MAX as i64), OfSeveral::Last, false),
    row(Address(ContextSlot::NetworkThreat), Range::Long(0, 100), OfSeveral::Highest, true),
];

/// What nothing writes yet of the attributes that are not assessed: workloads are API tokens, which have no trust domain.
const UNWRITTEN: &[Slot] = &[Slot::TrustDomain];

/// The attributes of the schema that nothing writes yet, as policies write them behind the dot.
pub fn unwritten_attributes() -> impl Iterator<Item = &'static str> {
    let assessed = ASSESSABLE.iter().filter(|row| !row.is_written).map(|row| row.slot.name());
    assessed.chain(UNWRITTEN.iter().map(|slot| slot.path()))
}

impl AssessedSlot {
    /// The attribute's name: what policies write behind the dot.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Entity(_, slot) => slot.path(),
            Session(slot) | Address(slot) => slot.path().rsplit('.').next().unwrap_or_default(),
        }
    }
}

impl Range {
    /// The value as policies read it.
    ///
    /// # Errors
    /// Which values the attribute takes.
    pub fn fact(self, value: &FactValue) -> Result<Fact, String> {
        match (self, value) {
            (Self::Long(from, to), FactValue::Number(number)) if (from..=to).contains(number) => {
                Ok(Fact::Long(*number))
            }
            (Self::Bool, FactValue::Bool(flag)) => Ok(Fact::Bool(*flag)),
            (Self::Country, FactValue::Text(text)) if is_country(text) => Ok(Fact::string(text.as_str())),
            (Self::Long(from, to), _) => Err(format!("write a whole number from {from} to {to}")),
            (Self::Bool, _) => Err("write true or false".to_owned()),
            (Self::Country, _) => Err("write a country code of two upper-case letters, such as JP".to_owned()),
        }
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

impl OfSeveral {
    /// What counts: `known` is what the platform knows itself, `assessed` are the assessments that have not ended, in the
    /// order of their ends.
    #[must_use]
    pub fn combine(self, known: &Fact, assessed: impl Iterator<Item = Fact>) -> Fact {
        let present = std::iter::once(known.clone()).chain(assessed).filter(Fact::is_present);
        match self {
            Self::Highest => present.max(),
            Self::Lowest => present.min(),
            Self::Last => present.last(),
        }
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SlotKind;

    #[test]
    fn a_row_has_the_type_of_its_slot_and_stands_once() {
        for (at, row) in ASSESSABLE.iter().enumerate() {
            let kind = match row.slot {
                Entity(of, slot) => {
                    assert!(slot.position(of).is_some(), "{row:?}");
                    slot.kind()
                }
                Session(slot) => {
                    assert!(slot.path().starts_with("session."), "{row:?}");
                    slot.kind()
                }
                Address(slot) => {
                    assert!(slot.network_position().is_some(), "{row:?}");
                    slot.kind()
                }
            };
            let expected = match row.range {
                Range::Long(..) => SlotKind::Long,
                Range::Bool => SlotKind::Bool,
                Range::Country => SlotKind::String,
            };
            assert_eq!(kind, expected, "{row:?}");
            assert!(ASSESSABLE[..at].iter().all(|other| other.slot != row.slot), "{row:?}");
        }
    }

    #[test]
    fn a_value_outside_its_range_is_refused() {
        let score = Range::Long(0, 100);
        for value in [0, 100] {
            assert_eq!(score.fact(&FactValue::Number(value)), Ok(Fact::Long(value)));
        }
        for value in [FactValue::Number(-1), FactValue::Number(101), FactValue::Bool(true), FactValue::Text("9".into())]
        {
            assert!(score.fact(&value).is_err(), "{value:?}");
        }
        assert_eq!(Range::Country.fact(&FactValue::Text("JP".into())), Ok(Fact::string("JP")));
        for text in ["jp", "JPN", "", "J1"] {
            assert!(Range::Country.fact(&FactValue::Text(text.into())).is_err(), "{text}");
        }
        assert!(Range::Bool.fact(&FactValue::Number(1)).is_err());
    }

    #[test]
    fn of_several_the_more_careful_value_counts() {
        let long = |values: &[i64]| values.iter().map(|value| Fact::Long(*value)).collect::<Vec<_>>().into_iter();
        assert_eq!(OfSeveral::Highest.combine(&Fact::Long(5), long(&[9, 2])), Fact::Long(9));
        assert_eq!(OfSeveral::Lowest.combine(&Fact::Long(3), long(&[4])), Fact::Long(3));
        assert_eq!(OfSeveral::Lowest.combine(&Fact::Absent, long(&[4, 1])), Fact::Long(1));
        assert_eq!(OfSeveral::Last.combine(&Fact::Absent, long(&[4, 1])), Fact::Long(1));
        assert_eq!(OfSeveral::Last.combine(&Fact::Absent, long(&[])), Fact::Absent);
    }
}
