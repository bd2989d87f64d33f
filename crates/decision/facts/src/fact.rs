//! One typed value, in 16 bytes.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use super::Handle;

/// A value of the policy language. Equality and order are Cedar's: values of different types are never equal.
///
/// `Absent` is an attribute that an entity does not have; it never occurs inside a set or a record.
#[derive(Debug, Clone, Default)]
pub enum Fact {
    /// The attribute is not there: `has` is false.
    #[default]
    Absent,
    /// `Bool`
    Bool(bool),
    /// `Long`
    Long(i64),
    /// `String`
    String(ArcStr),
    /// An entity, which need not exist.
    Entity(Handle),
    /// `Set`
    Set(Arc<FactSet>),
    /// A record.
    Record(Arc<RecordFact>),
    /// `ipaddr`
    Ip(Arc<IpPrefix>),
    /// `decimal`
    Decimal(Decimal),
    /// `datetime`: milliseconds since the epoch.
    Datetime(i64),
    /// `duration`: milliseconds.
    Duration(i64),
}

/// Cedar's `decimal`: a number with four digits after the point, kept as that number times 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i64);

/// Cedar's `ipaddr`: an address and a prefix length, both of which count in equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPrefix {
    /// The address as written: host bits are kept.
    pub address: IpAddr,
    /// The prefix length: at most 32 or 128.
    pub prefix: u8,
}

impl IpPrefix {
    /// One single address.
    #[must_use]
    pub const fn host(address: IpAddr) -> Self {
        let prefix = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        Self { address, prefix }
    }
}

/// A set: its members in order, each once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FactSet(Box<[Fact]>);

/// A record: its fields in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RecordFact(Box<[(ArcStr, Fact)]>);

impl Fact {
    /// A string value.
    pub fn string(text: impl Into<ArcStr>) -> Self {
        Self::String(text.into())
    }

    /// A set of values.
    pub fn set(members: impl IntoIterator<Item = Self>) -> Self {
        Self::Set(Arc::new(members.into_iter().collect()))
    }

    /// A record of values.
    pub fn record(fields: impl IntoIterator<Item = (ArcStr, Self)>) -> Self {
        Self::Record(Arc::new(fields.into_iter().collect()))
    }

    /// The address, as a single host.
    #[must_use]
    pub fn ip(address: IpAddr) -> Self {
        Self::Ip(Arc::new(IpPrefix::host(address)))
    }

    /// Whether the attribute is there.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Bool(_) => 1,
            Self::Long(_) => 2,
            Self::String(_) => 3,
            Self::Entity(_) => 4,
            Self::Set(_) => 5,
            Self::Record(_) => 6,
            Self::Ip(_) => 7,
            Self::Decimal(_) => 8,
            Self::Datetime(_) => 9,
            Self::Duration(_) => 10,
        }
    }
}

impl Ord for Fact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Long(a), Self::Long(b))
            | (Self::Datetime(a), Self::Datetime(b))
            | (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.as_str().cmp(b.as_str()),
            (Self::Entity(a), Self::Entity(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => a.cmp(b),
            (Self::Record(a), Self::Record(b)) => a.cmp(b),
            (Self::Ip(a), Self::Ip(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fact {}

impl FactSet {
    /// The members in order.
    #[must_use]
    pub fn members(&self) -> &[Fact] {
        &self.0
    }

    /// Whether a value is a member.
    #[must_use]
    pub fn contains(&self, value: &Fact) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

impl FromIterator<Fact> for FactSet {
    fn from_iter<I: IntoIterator<Item = Fact>>(members: I) -> Self {
        let mut members: Vec<Fact> = members.into_iter().filter(Fact::is_present).collect();
        members.sort_unstable();
        members.dedup();
        Self(members.into_boxed_slice())
    }
}

impl RecordFact {
    /// The fields in order of their names.
    #[must_use]
    pub fn fields(&self) -> &[(ArcStr, Fact)] {
        &self.0
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        let at = self.0.binary_search_by(|(field, _)| field.as_str().cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }
}

impl FromIterator<(ArcStr, Fact)> for RecordFact {
    fn from_iter<I: IntoIterator<Item = (ArcStr, Fact)>>(fields: I) -> Self {
        let mut fields: Vec<_> = fields.into_iter().filter(|(_, value)| value.is_present()).collect();
        fields.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        fields.dedup_by(|(a, _), (b, _)| a == b);
        Self(fields.into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_sixteen_bytes() {
        assert_eq!(std::mem::size_of::<Fact>(), 16);
    }

    #[test]
    fn types_are_never_equal_and_sets_ignore_order() {
        assert_ne!(Fact::Long(1), Fact::Duration(1));
        assert_ne!(Fact::Bool(true), Fact::Long(1));
        let (one, two) = (Fact::Long(1), Fact::Long(2));
        assert_eq!(Fact::set([one.clone(), two.clone()]), Fact::set([two.clone(), one.clone(), two]));
    }
}
