//! One entity as decisions read it: its ancestors, its attributes by slot, its tags. One allocation.

use arcstr::ArcStr;
use triomphe::ThinArc;

use super::{EntityType, Fact, Handle, RecordFact, Slot};

/// An entity's facts. Immutable; a change makes a new one. Clones share.
#[derive(Debug, Clone)]
pub struct Entity(ThinArc<Header, Fact>);

#[derive(Debug)]
struct Header {
    kind: EntityType,
    kin: Kin,
}

/// Ancestors and tags of an entity, side by side: most devices have none of these, and there are many devices. Clones share, so
/// that entities which are in the same groups can keep one list between them.
#[derive(Debug, Clone, Default)]
pub struct Kin(Option<ThinArc<RecordFact, Handle>>);

impl Kin {
    /// Ancestors in any order, and tags.
    #[must_use]
    pub fn new(mut ancestors: Vec<Handle>, tags: Vec<(ArcStr, Fact)>) -> Self {
        ancestors.sort_unstable();
        ancestors.dedup();
        let some = !ancestors.is_empty() || !tags.is_empty();
        Self(some.then(|| ThinArc::from_header_and_slice(tags.into_iter().collect(), &ancestors)))
    }
}

/// What an [`Entity`] is made of.
#[derive(Debug, Clone, Default)]
pub struct EntityParts {
    /// Every entity that this one is in, directly or through others, itself left out.
    pub ancestors: Vec<Handle>,
    /// Its attributes. Slots that the type does not have are ignored.
    pub attributes: Vec<(Slot, Fact)>,
    /// Its tags.
    pub tags: Vec<(ArcStr, Fact)>,
}

impl Entity {
    /// An entity of a type from its parts.
    #[must_use]
    pub fn new(kind: EntityType, parts: EntityParts) -> Self {
        let EntityParts { ancestors, attributes, tags } = parts;
        Self::with_kin(kind, Kin::new(ancestors, tags), attributes)
    }

    /// An entity of a type that shares its ancestors and tags with others. Slots that the type does not have are ignored.
    #[must_use]
    pub fn with_kin(kind: EntityType, kin: Kin, attributes: Vec<(Slot, Fact)>) -> Self {
        let slots = Slot::of_type(kind);
        let mut facts = vec![Fact::Absent; slots.len()];
        for (slot, fact) in attributes {
            if let Some(place) = slot.position(kind).and_then(|at| facts.get_mut(at)) {
                *place = fact;
            }
        }
        // Beyond the last attribute that it has, every slot reads as absent anyway.
        facts.truncate(facts.iter().rposition(Fact::is_present).map_or(0, |last| last + 1));
        Self(ThinArc::from_header_and_iter(Header { kind, kin }, facts.into_iter()))
    }

    /// Whether two entities are one and the same value, shared. Entities that only look alike may be told apart.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(&raw const self.0.header.header, &raw const other.0.header.header)
    }

    /// Its type.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> EntityType {
        self.0.header.header.kind
    }

    /// The attribute in a slot; [`Fact::Absent`] when it has none.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: Slot) -> &Fact {
        slot.position(self.kind()).map_or(&Fact::Absent, |at| self.at(at))
    }

    /// The attribute at a place that [`Slot::position`] gave for this entity's type.
    #[inline]
    #[must_use]
    pub fn at(&self, position: usize) -> &Fact {
        self.0.slice.get(position).unwrap_or(&Fact::Absent)
    }

    /// The ancestors in order.
    #[inline]
    #[must_use]
    pub fn ancestors(&self) -> &[Handle] {
        self.0.header.header.kin.0.as_ref().map_or(&[], |kin| &kin.slice)
    }

    /// Whether the entity is in another one, directly or through others. An entity is not its own ancestor.
    #[inline]
    #[must_use]
    pub fn has_ancestor(&self, other: Handle) -> bool {
        self.ancestors().binary_search(&other).is_ok()
    }

    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<&Fact> {
        self.0.header.header.kin.0.as_ref()?.header.header.get(name)
    }

    /// The tags in order of their names.
    #[must_use]
    pub fn tags(&self) -> &[(ArcStr, Fact)] {
        self.0.header.header.kin.0.as_ref().map_or(&[], |kin| kin.header.header.fields())
    }

    /// The attributes it has, with their slots.
    pub fn attributes(&self) -> impl Iterator<Item = (Slot, &Fact)> {
        Slot::of_type(self.kind()).iter().copied().zip(&self.0.slice).filter(|(_, fact)| fact.is_present())
    }

    /// The same entity with one attribute replaced. Used to ask "what if".
    #[must_use]
    pub fn with(&self, slot: Slot, fact: Fact) -> Self {
        let mut parts = EntityParts {
            ancestors: self.ancestors().to_vec(),
            attributes: self.attributes().map(|(slot, fact)| (slot, fact.clone())).collect(),
            tags: self.tags().to_vec(),
        };
        parts.attributes.retain(|(other, _)| *other != slot);
        parts.attributes.push((slot, fact));
        Self::new(self.kind(), parts)
    }
}
