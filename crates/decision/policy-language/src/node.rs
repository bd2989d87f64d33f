//! One step of a compiled policy: sixteen bytes, copied out of the arena when it is evaluated.

use sekisho_model::facts::{ContextSlot, EntityType, Handle, Slot};

/// The place of a node in the arena.
pub type NodeId = u32;

/// An expression of the policy language, lowered. Operands stand elsewhere in the same arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// Any other literal, by its number in the table of constants.
    Constant(u32),
    /// An entity.
    Entity(Handle),
    /// `principal`
    Principal,
    /// `action`
    Action,
    /// `resource`
    Resource,
    /// An attribute of `context`, nested records flattened.
    Context(ContextSlot),
    /// Whether `context` has that attribute.
    ContextHas(ContextSlot),
    /// An attribute of an entity.
    Attribute(NodeId, Slot),
    /// Whether an entity has that attribute.
    Has(NodeId, Slot),
    /// An attribute of one of the three entities that a request is about.
    Own(Whose, Slot),
    /// Whether one of these has that attribute.
    HasOwn(Whose, Slot),
    /// `is`
    Is(NodeId, EntityType),
    /// `like`, with the number of its pattern.
    Like(NodeId, u32),
    /// An operator with one operand.
    Unary(Unary, NodeId),
    /// An operator with two operands, both of which are evaluated, the left one first.
    Binary(Binary, NodeId, NodeId),
    /// `&&` of a list of members, by where it begins in the table of members and how long it is: each is read only when all
    /// before it are true.
    All(u32, u32),
    /// `||` of a list of members: each is read only when all before it are false.
    Any(u32, u32),
    /// `if then else`
    If(NodeId, NodeId, NodeId),
    /// A set that is not constant: where its members stand in the table of members, and how many.
    Set(u32, u32),
    /// An attribute of `context` that moves with time, compared with a constant: the moment at which the answer changes
    /// can be told.
    Moving(ContextSlot, Comparison, u32),
    /// An attribute against a constant, by its number in the table of constants or, for `like`, of patterns.
    Against(Against, Read, u32),
}

/// An attribute that is at hand: reading it evaluates nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Read {
    /// Of one of the three entities that a request is about.
    Own(Whose, Slot),
    /// Of `context`.
    Context(ContextSlot),
}

/// How an attribute, on the left, is held against a constant, on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Against {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// The constant set contains the attribute.
    Member,
    /// `isInRange`
    InRange,
    /// `like`
    Like,
}

/// An entity that every request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// `principal`
    Principal,
    /// `resource`
    Resource,
    /// `context.device`, which can be absent.
    Device,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator or method of the policy language with that name")]
pub enum Unary {
    Not,
    Negate,
    IsEmpty,
    IsIpv4,
    IsIpv6,
    IsLoopback,
    IsMulticast,
    ToDate,
    ToTime,
    ToMilliseconds,
    ToSeconds,
    ToMinutes,
    ToHours,
    ToDays,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator or method of the policy language with that name")]
pub enum Binary {
    Equal,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    In,
    Contains,
    ContainsAll,
    ContainsAny,
    HasTag,
    GetTag,
    IsInRange,
    Offset,
    DurationSince,
    DecimalLess,
    DecimalLessOrEqual,
}

/// How a moving attribute, on the left, is compared with a constant, on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator of the policy language with that name")]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_sixteen_bytes() {
        assert_eq!(std::mem::size_of::<Node>(), 16);
    }
}
