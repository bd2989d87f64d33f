//! What each operator computes. The reference is the `cedar-policy` crate; the tests compare every one with it.

use sekisho_model::facts::{Decimal, Fact, IpPrefix};
use sekisho_policy_language::node::{Binary, Unary};
use std::net::IpAddr;

use crate::evaluate::{Evaluator, Fault};
use crate::value::Value;

const DAY: i64 = 86_400_000;

impl<'a> Evaluator<'a> {
    /// An operator on one value.
    pub(crate) fn apply_unary(&mut self, op: Unary, of: Value<'a>) -> Result<Value<'a>, Fault> {
        Ok(match (op, of) {
            (Unary::Not, Value::Bool(flag)) => Value::Bool(!flag),
            (Unary::Negate, Value::Long(number)) => Value::Long(number.checked_neg().ok_or(Fault::Overflow)?),
            (Unary::IsEmpty, set) => Value::Bool(self.members(set)?.is_empty()),
            (Unary::IsIpv4, Value::Ip(ip)) => Value::Bool(ip.address.is_ipv4()),
            (Unary::IsIpv6, Value::Ip(ip)) => Value::Bool(ip.address.is_ipv6()),
            (Unary::IsLoopback, Value::Ip(ip)) => {
                let whole = if ip.address.is_ipv4() { 8 } else { 128 };
                Value::Bool(ip.address.is_loopback() && ip.prefix >= whole)
            }
            (Unary::IsMulticast, Value::Ip(ip)) => {
                let whole = if ip.address.is_ipv4() { 4 } else { 8 };
                Value::Bool(ip.address.is_multicast() && ip.prefix >= whole)
            }
            (Unary::ToDate, Value::Datetime(at)) => {
                Value::Datetime(at.checked_sub(at.rem_euclid(DAY)).ok_or(Fault::Overflow)?)
            }
            (Unary::ToTime, Value::Datetime(at)) => Value::Duration(at.rem_euclid(DAY)),
            (Unary::ToMilliseconds, Value::Duration(span)) => Value::Long(span),
            // Rounded toward zero, as the reference does for negative durations too.
            (Unary::ToSeconds, Value::Duration(span)) => Value::Long(span / 1000),
            (Unary::ToMinutes, Value::Duration(span)) => Value::Long(span / 60_000),
            (Unary::ToHours, Value::Duration(span)) => Value::Long(span / 3_600_000),
            (Unary::ToDays, Value::Duration(span)) => Value::Long(span / DAY),
            _ => return Err(Fault::Type),
        })
    }

    /// An operator on two values.
    pub(crate) fn apply(&mut self, op: Binary, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>, Fault> {
        Ok(match op {
            Binary::Add | Binary::Subtract | Binary::Multiply => {
                let (Value::Long(a), Value::Long(b)) = (left, right) else { return Err(Fault::Type) };
                let result = match op {
                    Binary::Add => a.checked_add(b),
                    Binary::Subtract => a.checked_sub(b),
                    _ => a.checked_mul(b),
                };
                Value::Long(result.ok_or(Fault::Overflow)?)
            }
            Binary::In => Value::Bool(self.within(left, right)?),
            Binary::ContainsAll => Value::Bool(is_subset(self.members(right)?, self.members(left)?)),
            Binary::ContainsAny => {
                let (a, b) = (self.members(left)?, self.members(right)?);
                Value::Bool(b.iter().any(|member| a.binary_search(member).is_ok()))
            }
            Binary::HasTag => Value::Bool(self.tag(left, right)?.is_some()),
            Binary::GetTag => self.tag(left, right)?.ok_or(Fault::Missing)?,
            Binary::Offset => match (left, right) {
                (Value::Datetime(at), Value::Duration(span)) => {
                    Value::Datetime(at.checked_add(span).ok_or(Fault::Overflow)?)
                }
                _ => return Err(Fault::Type),
            },
            Binary::DurationSince => match (left, right) {
                (Value::Datetime(a), Value::Datetime(b)) => Value::Duration(a.checked_sub(b).ok_or(Fault::Overflow)?),
                _ => return Err(Fault::Type),
            },
            Binary::DecimalLess => Value::Bool(decimals(left, right).map(|(a, b)| a < b)?),
            Binary::DecimalLessOrEqual => Value::Bool(decimals(left, right).map(|(a, b)| a <= b)?),
            // These are tests, which are answered where they are evaluated.
            Binary::Equal | Binary::Less | Binary::LessOrEqual | Binary::Contains | Binary::IsInRange => {
                return Err(Fault::Program);
            }
        })
    }

    #[inline]
    pub(crate) fn equal(&self, left: Value<'_>, right: Value<'_>) -> bool {
        match (left, right) {
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Long(a), Value::Long(b))
            | (Value::Datetime(a), Value::Datetime(b))
            | (Value::Duration(a), Value::Duration(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Entity(a), Value::Entity(b)) => a == b,
            (Value::Ip(a), Value::Ip(b)) => a == b,
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            _ => match (self.members(left), self.members(right)) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            },
        }
    }

    /// `in`: the right side is one entity or a set of entities, all of which are checked before any is compared.
    fn within(&mut self, left: Value<'a>, right: Value<'a>) -> Result<bool, Fault> {
        let Value::Entity(entity) = left else { return Err(Fault::Type) };
        if let Value::Entity(group) = right {
            return Ok(self.is_in(entity, group));
        }
        let members = self.members(right)?;
        if !members.iter().all(|member| matches!(member, Fact::Entity(_))) {
            return Err(Fault::Type);
        }
        for place in 0..members.len() {
            if let Some(Fact::Entity(group)) = self.members(right)?.get(place) {
                let group = *group;
                if self.is_in(entity, group) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    #[inline]
    pub(crate) fn contains(&self, set: Value<'_>, member: Value<'_>) -> Result<bool, Fault> {
        let members = self.members(set)?;
        if let Ok(inner) = self.members(member) {
            return Ok(members.iter().any(|fact| matches!(fact, Fact::Set(set) if set.members() == inner)));
        }
        // To compare a few is quicker than to search among them.
        Ok(match members.len() {
            0..=8 => members.iter().any(|fact| member.is(fact)),
            _ => members.binary_search_by(|fact| Value::order(fact, &member)).is_ok(),
        })
    }

    fn tag(&mut self, entity: Value<'a>, name: Value<'a>) -> Result<Option<Value<'a>>, Fault> {
        let (Value::Entity(handle), Value::String(name)) = (entity, name) else { return Err(Fault::Type) };
        Ok(self.entity(handle).and_then(|entity| entity.tag(name)).and_then(Value::of))
    }
}

/// `<` and `<=` are for whole numbers, datetimes and durations.
#[inline]
pub(crate) fn ordered(left: Value<'_>, right: Value<'_>) -> Result<std::cmp::Ordering, Fault> {
    match (left, right) {
        (Value::Long(a), Value::Long(b))
        | (Value::Datetime(a), Value::Datetime(b))
        | (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(&b)),
        _ => Err(Fault::Type),
    }
}

fn decimals(left: Value<'_>, right: Value<'_>) -> Result<(Decimal, Decimal), Fault> {
    match (left, right) {
        (Value::Decimal(a), Value::Decimal(b)) => Ok((a, b)),
        _ => Err(Fault::Type),
    }
}

fn is_subset(part: &[Fact], whole: &[Fact]) -> bool {
    part.iter().all(|member| whole.binary_search(member).is_ok())
}

#[inline]
pub(crate) fn in_range(ip: Value<'_>, range: Value<'_>) -> Result<bool, Fault> {
    match (ip, range) {
        (Value::Ip(ip), Value::Ip(range)) => Ok(is_in_range(ip, range)),
        _ => Err(Fault::Type),
    }
}

/// Whether every address of one prefix is in another one: it is no shorter, and they begin alike. The two families have
/// nothing in common.
fn is_in_range(ip: &IpPrefix, range: &IpPrefix) -> bool {
    // Read in place: an address is of odd length, and to copy it would stall.
    let begins_alike = match (&ip.address, &range.address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let differ = u32::from(*a) ^ u32::from(*b);
            differ.checked_shr(32_u32.saturating_sub(range.prefix.into())).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let differ = u128::from(*a) ^ u128::from(*b);
            differ.checked_shr(128_u32.saturating_sub(range.prefix.into())).unwrap_or(0) == 0
        }
        _ => false,
    };
    begins_alike && range.prefix <= ip.prefix
}
