//! Values while a policy is evaluated: borrowed from facts and request, copied, never allocated.

use std::cmp::Ordering;
use std::sync::Arc;

use sekisho_model::facts::{Decimal, Fact, FactSet, Handle, IpPrefix};

/// A value of the policy language.
///
/// The tag is as wide as what follows, so that a copy is three aligned words: copies that overlap the writes before them
/// stall for longer than everything else an operator does.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Long(i64),
    String(&'a str),
    Entity(Handle),
    Set(&'a FactSet),
    /// A set that the policy itself builds from values: its number in the evaluator's scratch.
    Built(usize),
    /// By reference: its bytes are of odd length, and copying them around stalls.
    Ip(&'a IpPrefix),
    Decimal(Decimal),
    Datetime(i64),
    Duration(i64),
}

impl<'a> Value<'a> {
    /// The value of a fact; `None` when it is absent, or a record, which no attribute is.
    #[inline]
    pub(crate) fn of(fact: &'a Fact) -> Option<Self> {
        Some(match fact {
            Fact::Bool(flag) => Self::Bool(*flag),
            Fact::Long(number) => Self::Long(*number),
            Fact::String(text) => Self::String(text),
            Fact::Entity(handle) => Self::Entity(*handle),
            Fact::Set(set) => Self::Set(set),
            Fact::Ip(ip) => Self::Ip(ip),
            Fact::Decimal(decimal) => Self::Decimal(*decimal),
            Fact::Datetime(at) => Self::Datetime(*at),
            Fact::Duration(span) => Self::Duration(*span),
            Fact::Absent | Fact::Record(_) => return None,
        })
    }

    /// Whether it is a fact's value.
    #[inline]
    pub(crate) fn is(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (Self::String(a), Fact::String(b)) => *a == b.as_str(),
            (value, fact) => Self::order(fact, value).is_eq(),
        }
    }

    /// How a fact stands to a value that is no set, in the order that [`FactSet`] keeps.
    pub(crate) fn order(fact: &Fact, value: &Value<'_>) -> Ordering {
        match (fact, value) {
            (Fact::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Fact::Long(a), Value::Long(b))
            | (Fact::Datetime(a), Value::Datetime(b))
            | (Fact::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Fact::String(a), Value::String(b)) => a.as_str().cmp(b),
            (Fact::Entity(a), Value::Entity(b)) => a.cmp(b),
            (Fact::Ip(a), Value::Ip(b)) => (**a).cmp(b),
            (Fact::Decimal(a), Value::Decimal(b)) => a.cmp(b),
            _ => rank_of_fact(fact).cmp(&value.rank()),
        }
    }

    /// The value as it can be kept.
    pub(crate) fn keep(self) -> Kept {
        match self {
            Self::String(text) => Kept::Fact(Fact::string(text)),
            Self::Set(set) => Kept::Fact(Fact::Set(Arc::new(set.clone()))),
            Self::Bool(flag) => Kept::Fact(Fact::Bool(flag)),
            Self::Long(number) => Kept::Fact(Fact::Long(number)),
            Self::Entity(handle) => Kept::Fact(Fact::Entity(handle)),
            Self::Ip(ip) => Kept::Fact(Fact::Ip(Arc::new(*ip))),
            Self::Decimal(decimal) => Kept::Fact(Fact::Decimal(decimal)),
            Self::Datetime(at) => Kept::Fact(Fact::Datetime(at)),
            Self::Duration(span) => Kept::Fact(Fact::Duration(span)),
            Self::Built(_) => Kept::Never,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 1,
            Self::Long(_) => 2,
            Self::String(_) => 3,
            Self::Entity(_) => 4,
            Self::Set(_) | Self::Built(_) => 5,
            Self::Ip(_) => 7,
            Self::Decimal(_) => 8,
            Self::Datetime(_) => 9,
            Self::Duration(_) => 10,
        }
    }
}

/// A value that outlives its request.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Fact(Fact),
    /// Belongs to one evaluation and is like no other.
    Never,
}

impl Kept {
    /// Whether it is that value.
    pub(crate) fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Fact(Fact::Set(kept)), Value::Set(set)) => **kept == *set,
            (Self::Fact(kept), value) => Value::order(kept, &value).is_eq(),
            (Self::Never, _) => false,
        }
    }
}

const fn rank_of_fact(fact: &Fact) -> u8 {
    match fact {
        Fact::Absent => 0,
        Fact::Bool(_) => 1,
        Fact::Long(_) => 2,
        Fact::String(_) => 3,
        Fact::Entity(_) => 4,
        Fact::Set(_) => 5,
        Fact::Record(_) => 6,
        Fact::Ip(_) => 7,
        Fact::Decimal(_) => 8,
        Fact::Datetime(_) => 9,
        Fact::Duration(_) => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert_eq!(std::mem::size_of::<Value<'_>>(), 24);
        assert_eq!(std::mem::size_of::<Result<Value<'_>, crate::evaluate::Fault>>(), 24);
    }

    #[test]
    fn values_are_ordered_as_facts() {
        let prefix = IpPrefix { address: "10.0.0.0".parse().expect("an address"), prefix: 8 };
        let facts = [
            Fact::Bool(false),
            Fact::Bool(true),
            Fact::Long(-1),
            Fact::Long(3),
            Fact::string("a"),
            Fact::string("b"),
            Fact::ip("10.0.0.1".parse().expect("an address")),
            Fact::Ip(Arc::new(prefix)),
            Fact::Decimal(Decimal(5)),
            Fact::Datetime(1),
            Fact::Duration(1),
        ];
        for a in &facts {
            for b in &facts {
                let value = Value::of(b).expect("no fact here is absent");
                assert_eq!(Value::order(a, &value), a.cmp(b), "{a:?} {b:?}");
            }
        }
    }
}
