//! Entity types and the handles that stand for entities.

use std::fmt;

/// A type of the policy schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EntityType {
    /// `Sekisho::User`
    User,
    /// `Sekisho::Group`
    Group,
    /// `Sekisho::Workload`
    Workload,
    /// `Sekisho::Device`
    Device,
    /// `Sekisho::Resource`
    Resource,
    /// `Sekisho::Category`
    Category,
    /// `Sekisho::Action`
    Action,
}

impl EntityType {
    /// Every type.
    pub const ALL: [Self; 7] =
        [Self::User, Self::Group, Self::Workload, Self::Device, Self::Resource, Self::Category, Self::Action];

    /// The type's name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "Sekisho::User",
            Self::Group => "Sekisho::Group",
            Self::Workload => "Sekisho::Workload",
            Self::Device => "Sekisho::Device",
            Self::Resource => "Sekisho::Resource",
            Self::Category => "Sekisho::Category",
            Self::Action => "Sekisho::Action",
        }
    }

    /// The type with that name in policies.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An interned entity uid: its type in the top four bits, its number below. Equal handles of one interner are equal uids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(u32);

impl Handle {
    /// How many entities an interner can name.
    pub const CAPACITY: u32 = 1 << 28;

    /// The handle of the entity with that number, or `None` past [`Handle::CAPACITY`].
    pub(super) const fn new(kind: EntityType, index: u32) -> Option<Self> {
        if index < Self::CAPACITY { Some(Self(((kind as u32) << 28) | index)) } else { None }
    }

    /// The handle as a number.
    pub(super) const fn raw(self) -> u32 {
        self.0
    }

    /// The handle that [`Handle::raw`] gave this number for.
    pub(super) const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The entity's type.
    #[inline]
    #[must_use]
    pub const fn kind(self) -> EntityType {
        match self.0 >> 28 {
            0 => EntityType::User,
            1 => EntityType::Group,
            2 => EntityType::Workload,
            3 => EntityType::Device,
            4 => EntityType::Resource,
            5 => EntityType::Category,
            _ => EntityType::Action,
        }
    }

    /// The entity's number, dense over all types of one interner.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        (self.0 & (Self::CAPACITY - 1)) as usize
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}#{}", self.kind(), self.index())
    }
}
