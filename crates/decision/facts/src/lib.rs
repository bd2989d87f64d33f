//! Facts as decisions read them: interned, typed, compact and shared between snapshots.
//!
//! A document (`User`) is what people edit; an [`Entity`] is what the evaluator reads. A [`FactBase`] holds
//! a million of each in less than 1 GiB and is cloned in constant time: one clone is one snapshot.

mod assessable;
mod base;
mod entity;
mod fact;
mod interner;
mod radix;
mod slots;
mod uid;
mod value;

pub use assessable::{ASSESSABLE, Assessable, AssessedSlot, OfSeveral, Range, unwritten_attributes};
pub use base::FactBase;
pub use entity::{Entity, EntityParts, Kin};
pub use fact::{Decimal, Fact, FactSet, IpPrefix, RecordFact};
pub use interner::{Interner, TooManyEntities};
pub use radix::Radix;
pub use slots::{ContextSlot, Slot, SlotKind};
pub use uid::{EntityType, Handle};
pub use value::FactValue;
